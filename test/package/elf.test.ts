/** The addon as a binary: it loads on old systems, exports one symbol, and keeps each instruction set's code to itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareVersions, Elf, highest } from '../support/elf.ts';
import { root } from '../support/project.ts';

const prebuilds = join(root, 'prebuilds');
const binaries = [
  join(root, 'build/Release/gradtape.node'),
  ...(existsSync(prebuilds)
    ? readdirSync(prebuilds, { recursive: true, encoding: 'utf8' })
        .filter((file) => /^linux.*\.node$/.test(file))
        .map((file) => join(prebuilds, file))
    : []),
];

describe.each(binaries)('%s', (file) => {
  const elf = new Elf(readFileSync(file));

  it('asks for no glibc newer than 2.28 and no libstdc++ newer than GCC 8 had, the oldest that Node 20 runs on', () => {
    const versions = elf.neededVersions();
    expect(versions.length).toBeGreaterThan(0);
    expect(compareVersions(highest(versions, 'GLIBC'), [2, 28]), `needs ${versions.join(' ')}`).toBeLessThanOrEqual(0);
    expect(compareVersions(highest(versions, 'GLIBCXX'), [3, 4, 25]), `needs ${versions.join(' ')}`).toBeLessThanOrEqual(0);
  });

  it('exports only what Node looks for', () => {
    const exported = elf.symbols().filter(({ name, defined }) => defined && name !== '' && !['_init', '_fini'].includes(name));
    expect(exported.map(({ name }) => name).sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });
});

// A function that the linker may merge across object files could be taken from the AVX-512 ones and crash every other processor.
const objects = join(root, '.cmake', `${process.platform}-${process.arch}`, 'build/CMakeFiles');
const sets = existsSync(objects) ? readdirSync(objects).filter((name) => name.startsWith('kernels_')) : [];

describe.each(sets)('the object files of %s', (folder) => {
  const isa = folder.replace(/^kernels_(.*)\.dir$/, '$1');
  const files = readdirSync(join(objects, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.o'));

  it.each(files)('%s defines nothing outside of its own namespace', (file) => {
    const symbols = new Elf(readFileSync(join(objects, folder, file))).symbols(true);
    const own = `8gradtape${isa.length}${isa}`;
    const shared = symbols.filter(({ name, weak, defined }) => weak && defined && !name.includes(own) && !name.startsWith('DW.ref.'));
    expect(shared.map(({ name }) => `${basename(file)}: ${name}`)).toEqual([]);
  });
});
