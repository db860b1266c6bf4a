#!/usr/bin/env node
// lib/ to dist/, what the package ships: types file by file, the code in one file for each entry, because Node takes longer to find 130 modules than to run them.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { root, run } from './command.mjs';

/** Builds dist/ anew; throws where lib/ does not compile. */
export async function buildLibrary() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  if (!run('tsc', ['-p', 'tsconfig.build.json']).ok) throw new Error('lib/ does not compile');
  const bundle = await rolldown({
    input: { index: join(root, 'lib/index.ts'), cli: join(root, 'lib/cli.ts') },
    platform: 'node',
    // Whatever is not a file of ours is found when it is needed.
    external: /^(?:node:|@?[a-z0-9][\w.-]*(?:\/|$))/,
  });
  // Classes name layers and errors, so names stay. The package has the sources beside the maps.
  await bundle.write({ dir: join(root, 'dist'), format: 'esm', sourcemap: true, sourcemapExcludeSources: true, keepNames: true });
  await bundle.close();
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  try {
    await buildLibrary();
  } catch (error) {
    console.error(`library build: ${error.message}`);
    process.exitCode = 1;
  }
}
