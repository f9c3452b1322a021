import { UsageSkeleton } from '@/analytics/ui/usage-skeleton';

export default function Loading() {
  return <UsageSkeleton />;
}
