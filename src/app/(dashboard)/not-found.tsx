import { Nowhere } from '@/ui/nowhere';

export default function NotFound() {
  return <Nowhere home={{ href: '/usage', label: 'Go to usage' }} />;
}
