import { type ProfileSession, profileSessionSchema } from '@dyno/contracts/profileSession';
import { openProfileFile, profileIds } from './runFiles.ts';
import { caps, jsonOf } from './runJson.ts';

/** More than anybody keeps; a folder of more shows the newest. */
const sessionsMax = 500;

/** Sessions of `dyno profile`, the newest first; one that was cut off has no session.json and is not listed. */
export async function listProfiles(): Promise<ProfileSession[]> {
  const sessions = await Promise.all((await profileIds()).slice(0, sessionsMax).map(readProfile));
  return sessions.filter((session) => session !== null);
}

/** Null when there is no such session, or its file says something else than its folder. */
export async function readProfile(id: string): Promise<ProfileSession | null> {
  const session = await jsonOf(openProfileFile(id, 'session.json', caps.small), profileSessionSchema);
  return session?.id === id ? session : null;
}

export const profileFileUrl = (id: string, file: string): string => `/profiles/${id}/files/${file}`;
