import { z } from 'zod';

/** Public, so good for development only: whoever knows them can be anybody. */
export const developmentSecrets = {
  JWT_SECRET: 'for development only: signs access tokens',
  SESSION_SECRET: 'for development only: keys cookie sessions',
} as const;

const secret = (name: keyof typeof developmentSecrets) =>
  z.string().min(32, 'must have at least 32 characters').default(developmentSecrets[name]);
const perMinute = (count: number) => z.coerce.number().int().min(1).max(10_000_000).default(count);

export const accountsEnvironment = {
  /** Address that browsers see. With https: cookies are Secure, and browsers are told to stay with https. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
    .default('http://127.0.0.1:8080'),
  JWT_SECRET: secret('JWT_SECRET'),
  SESSION_SECRET: secret('SESSION_SECRET'),
  /** Whether the public password of the seeded customers is taken. In production it is not, unless this says so. */
  DEMO_PASSWORD: z.enum(['allowed', 'refused']).optional(),
  /** 1 where a proxy of ours stands in front, of our own nginx too: the last address of X-Forwarded-For is then the caller's. */
  TRUST_PROXY: z.enum(['0', '1']).default('0'),
  /** Per minute: sign-ins and sign-ups from one address, the rest by one customer. A load test comes from one address. */
  LIMIT_SIGN_IN: perMinute(60),
  LIMIT_SIGN_UP: perMinute(20),
  LIMIT_REFRESH: perMinute(120),
  LIMIT_WRITE: perMinute(300),
  LIMIT_HEAVY: perMinute(30),
  LIMIT_PAGE: perMinute(120),
  /** Failed sign-ins to one account from one address in a quarter of an hour; ten times as many from everywhere together. */
  LIMIT_GUESSES: perMinute(10),
};

const environmentSchema = z.object(accountsEnvironment);
type Environment = z.output<typeof environmentSchema>;

export interface AccountsConfig {
  publicUrl: string;
  jwtSecret: string;
  sessionSecret: string;
  acceptsDemoPassword: boolean;
  trustsProxy: boolean;
  limits: {
    signInPerMinute: number;
    signUpPerMinute: number;
    refreshPerMinute: number;
    writePerMinute: number;
    heavyPerMinute: number;
    pagePerMinute: number;
    guesses: number;
  };
}

/** Names of the secrets that production must not run with. */
export function publicSecrets(env: Environment): (keyof typeof developmentSecrets)[] {
  return (['JWT_SECRET', 'SESSION_SECRET'] as const).filter((name) => env[name] === developmentSecrets[name]);
}

export function accountsConfig(env: Environment & { NODE_ENV: string }): AccountsConfig {
  return {
    publicUrl: env.PUBLIC_URL,
    jwtSecret: env.JWT_SECRET,
    sessionSecret: env.SESSION_SECRET,
    acceptsDemoPassword:
      (env.DEMO_PASSWORD ?? (env.NODE_ENV === 'production' ? 'refused' : 'allowed')) === 'allowed',
    trustsProxy: env.TRUST_PROXY === '1',
    limits: {
      signInPerMinute: env.LIMIT_SIGN_IN,
      signUpPerMinute: env.LIMIT_SIGN_UP,
      refreshPerMinute: env.LIMIT_REFRESH,
      writePerMinute: env.LIMIT_WRITE,
      heavyPerMinute: env.LIMIT_HEAVY,
      pagePerMinute: env.LIMIT_PAGE,
      guesses: env.LIMIT_GUESSES,
    },
  };
}
