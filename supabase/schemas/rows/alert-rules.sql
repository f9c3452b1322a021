-- Whoever runs an installation is told where what was recorded does not agree.
insert into public.alert_rules (kind, name, severity) values ('integrity', 'Recorded usage disagrees', 'critical');
