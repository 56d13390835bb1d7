import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TOUR_PASSWORD } from '../registration-form.js';
import type { Stage } from '../stage.js';

export async function secrecyScene({ databaseFolder, narrator }: Stage): Promise<void> {
  narrator.scene('Where the passwords are');
  const names = await readdir(databaseFolder);
  const contents = await Promise.all(names.map((name) => readFile(join(databaseFolder, name))));
  const filesWith = (text: string): string[] =>
    names.filter((_name, index) => contents[index]?.includes(text));
  narrator.say(`Files of the database: ${names.join(', ')}`);
  narrator.check('the hashes are in the database', filesWith('scrypt$').length > 0, true);
  narrator.check('no file holds a password', filesWith(TOUR_PASSWORD), []);
}
