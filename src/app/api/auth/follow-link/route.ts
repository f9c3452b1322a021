import { authRoutes } from '@/container';

export const POST = authRoutes.followLink;
