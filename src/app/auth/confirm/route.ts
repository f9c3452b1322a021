import { authRoutes } from '@/container';

export const GET = authRoutes.confirm;
