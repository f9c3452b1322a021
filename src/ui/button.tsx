import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import { type ComponentProps } from 'react';
import { cx } from './cx';

const VARIANTS = {
  primary: 'bg-inverse text-on-inverse hover:bg-inverse-hover shadow-lift',
  secondary: 'bg-surface text-ink border border-line-strong hover:bg-sunken shadow-lift',
  ghost: 'text-ink-2 hover:bg-sunken hover:text-ink',
  danger: 'bg-bad text-on-bad hover:bg-bad-hover shadow-lift',
} as const;

const SIZES = {
  sm: 'h-7 gap-1.5 px-2 text-xs pointer-coarse:h-9 pointer-coarse:px-3',
  md: 'h-8 gap-1.5 px-3 text-sm pointer-coarse:h-10',
  icon: 'size-7 pointer-coarse:size-9',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  /** The action is under way: a spinner is shown and the button answers no further press. */
  pending?: boolean;
  /** Gives the looks to the one child instead, e.g. a link. */
  asChild?: boolean;
}

/** A button. `type` is `button` unless said otherwise, so that none submits a form by accident. */
export function Button({
  variant = 'secondary',
  size = 'md',
  pending = false,
  asChild = false,
  type,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const classes = cx(
    'relative inline-flex shrink-0 select-none items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-progress',
    VARIANTS[variant],
    SIZES[size],
    className,
  );
  if (asChild) {
    return (
      <Slot.Root className={classes} onClick={onClick} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    // While pending the button keeps the focus, which `disabled` would throw to the top of the page.
    <button
      type={pending ? 'button' : (type ?? 'button')}
      className={classes}
      aria-disabled={pending || undefined}
      onClick={pending ? undefined : onClick}
      {...rest}
    >
      {pending && <LoaderCircle aria-hidden className="absolute size-4 animate-spin" />}
      <span className={cx('inline-flex items-center gap-1.5', pending && 'opacity-25')}>{children}</span>
    </button>
  );
}
