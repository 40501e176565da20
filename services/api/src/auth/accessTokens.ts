import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Customer, type Role } from './caller.ts';

export const accessTokenSeconds = 600;

/** One algorithm, one issuer, one audience: what a token says about itself is never asked. */
const algorithm = 'HS256';
const audience = 'shop-api';

const claimsSchema = z.object({
  sub: z.string().regex(/^[1-9]\d{0,8}$/),
  role: z.enum(['customer', 'staff']),
});

export class AccessTokens {
  readonly #key: Uint8Array;
  readonly #issuer: string;

  constructor(options: { secret: string; issuer: string }) {
    this.#key = new TextEncoder().encode(options.secret);
    this.#issuer = options.issuer;
  }

  issue(customerId: number, role: Role): Promise<string> {
    return new SignJWT({ role })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt' })
      .setSubject(String(customerId))
      .setIssuer(this.#issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${accessTokenSeconds}s`)
      .sign(this.#key);
  }

  /** Null for whatever is not a token of ours that is still valid. */
  async verify(token: string): Promise<Customer | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        issuer: this.#issuer,
        audience,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'exp', 'iat', 'role'],
      });
      const claims = claimsSchema.safeParse(payload);
      return claims.success ? new Customer(Number(claims.data.sub), claims.data.role) : null;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}
