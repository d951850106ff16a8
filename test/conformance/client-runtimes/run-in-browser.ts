import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Exercise } from './exercise.ts';

/** A Chromium of this machine (Debian's package `chromium`), undefined when there is none: it is not downloaded. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Runs the bundle (a script that defines `tesseraExercise`) in a page of the front's origin. */
export async function runInBrowser(
  executablePath: string,
  script: string,
  frontUrl: string,
  imageBase64: string,
): Promise<Exercise> {
  // No sandbox: containers and the root user have none to offer, and the page is our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    await page.goto(`${frontUrl}/page`);
    await page.addScriptTag({ content: script });
    return await page.evaluate(
      ([url, image]) =>
        (
          globalThis as unknown as {
            tesseraExercise: { exerciseClient: (u: string, i: string) => Promise<Exercise> };
          }
        ).tesseraExercise.exerciseClient(url!, image!),
      [frontUrl, imageBase64],
    );
  } finally {
    await browser.close();
  }
}
