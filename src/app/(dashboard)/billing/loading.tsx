import { BillingSkeleton } from '@/billing/ui/billing-skeleton';

export default function Loading() {
  return <BillingSkeleton />;
}
