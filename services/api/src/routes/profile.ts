import { type Profiles, profileChangeSchema, profileSchema } from '../store/profiles.ts';
import { type Route, route } from './route.ts';

/** A customer's own profile: there is no address for that of somebody else. */
export function profileRoutes(profiles: Profiles): Route[] {
  return [
    route({
      method: 'get',
      path: '/profile',
      tag: 'Accounts',
      summary: 'The profile of whoever asks',
      access: 'customer',
      answers: {
        200: { description: 'The profile.', schema: profileSchema },
        404: 'The account is not there any more.',
      },
      async answer(ctx, { caller }) {
        ctx.body = await profiles.read(caller.id);
      },
    }),
    route({
      method: 'patch',
      path: '/profile',
      tag: 'Accounts',
      summary: 'Change parts of it',
      access: 'customer',
      limit: 'write',
      body: { type: 'application/json', maxBytes: 8192, schema: profileChangeSchema },
      answers: {
        200: { description: 'The profile after the change.', schema: profileSchema },
        404: 'The account is not there any more.',
      },
      async answer(ctx, { caller, body }) {
        ctx.body = await profiles.change(caller.id, body);
      },
    }),
  ];
}
