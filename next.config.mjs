const NOTHING_OF_THE_DEVICE = ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'browsing-topics']
  .map((feature) => `${feature}=()`)
  .join(', ');

/** @type {import('next').NextConfig} */
const nextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // The address that `npm run dev` prints.
  allowedDevOrigins: ['127.0.0.1'],
  // `npm run check` checks the types; a build need not do it again.
  typescript: { ignoreBuildErrors: true },
  // Packages that must be loaded by Node as they are: native drivers, data files read at run time.
  serverExternalPackages: [
    'pg',
    '@prisma/client',
    '@prisma/adapter-pg',
    'pino',
    'maxmind',
    '@ip-location-db/geo-whois-asn-country-mmdb',
    'pdfkit',
    'fontkit',
    'dejavu-fonts-ttf',
  ],
  // The names of the font files are found at run time, so a build cannot see that they are needed.
  outputFileTracingIncludes: { '/api/**': ['./node_modules/dejavu-fonts-ttf/ttf/DejaVuSansCondensed{,-Bold}.ttf'] },
  async rewrites() {
    return [{ source: '/api/usage/:path*', destination: '/api/v1/usage/:path*' }];
  },
  async headers() {
    return [
      {
        source: '/:path*',
        headers: [
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
          { key: 'X-Frame-Options', value: 'DENY' },
          { key: 'Permissions-Policy', value: NOTHING_OF_THE_DEVICE },
        ],
      },
      // Only where https is known to work: what is in front of the server says so.
      {
        source: '/:path*',
        has: [{ type: 'header', key: 'x-forwarded-proto', value: 'https' }],
        headers: [{ key: 'Strict-Transport-Security', value: 'max-age=63072000' }],
      },
      // Pages have a policy of their own (src/http/origin/content-security-policy.ts); what a program reads runs nothing at all.
      {
        source: '/api/:path*',
        headers: [{ key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'" }],
      },
    ];
  },
};

export default nextConfig;
