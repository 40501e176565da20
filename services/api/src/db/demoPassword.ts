/** Of every seeded customer: `customer1@example.com` signs in with it. A service in production refuses it. */
export const demoPassword = 'correct horse battery staple';

/** argon2id of it, once for all: the seed would otherwise take minutes. */
export const demoPasswordHash =
  '$argon2id$v=19$m=19456,t=2,p=1$ZHluby1kZW1vLXNhbHQtMQ$I5lA8ZEwF1Rz+tbw7xvD/pVedmlFFtW+Z5WAa5IjHDs';
