import { cx } from './cx';

/** The mark: a barrier, raised. */
export const LogoMark = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 32 32" aria-hidden className={cx('size-5', className)}>
    <rect width="32" height="32" rx="7.5" fill="var(--inverse)" />
    <rect x="7" y="13" width="5.5" height="13" rx="1.6" fill="var(--on-inverse)" />
    <g transform="rotate(-34 9.75 14.5)">
      <rect x="8" y="12" width="18.5" height="4.6" rx="2.3" fill="var(--on-inverse)" />
      <path d="M14.2 12h3.4l-1.6 4.6h-3.4zM20.4 12h3.4l-1.6 4.6h-3.4z" fill="var(--chart-ok)" />
    </g>
  </svg>
);

export const Logo = () => (
  <span className="inline-flex items-center gap-2">
    <LogoMark />
    <span className="text-base font-semibold tracking-[-0.015em]">Tollgate</span>
  </span>
);
