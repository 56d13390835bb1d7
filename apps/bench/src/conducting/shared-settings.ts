import type { Settings } from '../measuring/connection-settings.js';

/** The settings of all that is measured on a store: a ratio of what differs in them says nothing. */
export class SharedSettings {
  private first: { readonly subject: string; readonly settings: Settings } | undefined;

  get all(): Settings {
    return this.first?.settings ?? {};
  }

  /**
   * Notes what a subject ran with; one without a connection has no say.
   *
   * @throws Error that names what differs, and in whom
   */
  note(subject: string, settings: Settings): void {
    const names = Object.keys(settings);
    if (names.length === 0) return;
    this.first ??= { subject, settings };
    for (const name of names) {
      const [one, other] = [this.first.settings[name], settings[name]];
      if (one === other) continue;
      throw new Error(
        `"${this.first.subject}" runs with ${name} ${one}, "${subject}" with ${name} ${other}: ` +
          'they cannot be compared.',
      );
    }
  }
}
