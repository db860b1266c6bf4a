/** Reads what a Linux binary asks for and defines: symbol versions and symbols of an ELF file (64-bit, little-endian). */

interface Section {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** A defined or undefined symbol; weak ones may be merged across object files by the linker. */
export interface ElfSymbol {
  readonly name: string;
  readonly weak: boolean;
  readonly defined: boolean;
}

const SYMTAB = 2;
const DYNSYM = 11;
const VERSION_NEEDS = 0x6ffffffe;

/** The symbols and version needs of one ELF file. */
export class Elf {
  readonly #bytes: Buffer;
  readonly #sections: readonly Section[];

  constructor(bytes: Buffer) {
    if (bytes.toString('latin1', 0, 4) !== '\x7fELF' || bytes[4] !== 2 || bytes[5] !== 1)
      throw new Error('elf: not a 64-bit little-endian ELF file');
    this.#bytes = bytes;
    const start = Number(bytes.readBigUInt64LE(40));
    const [entrySize, count, names] = [58, 60, 62].map((at) => bytes.readUInt16LE(at));
    const headers = Array.from({ length: count }, (_, i) => start + i * entrySize);
    const namesOffset = Number(bytes.readBigUInt64LE(headers[names] + 24));
    this.#sections = headers.map((at) => ({
      name: this.#text(namesOffset + bytes.readUInt32LE(at)),
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
    }));
  }

  #text(at: number): string {
    return this.#bytes.toString('latin1', at, this.#bytes.indexOf(0, at));
  }

  /** The processor: "x64" or "arm64". */
  get arch(): string {
    return { 62: 'x64', 183: 'arm64' }[this.#bytes.readUInt16LE(18)] ?? 'unknown';
  }

  /** Every version the file needs of its libraries, such as `GLIBC_2.14`; chains of Elf64_Verneed and Elf64_Vernaux. */
  neededVersions(): string[] {
    const found: string[] = [];
    for (const section of this.#sections.filter(({ type }) => type === VERSION_NEEDS)) {
      const names = this.#sections[section.link].offset;
      let need = section.offset;
      for (let i = 0; i < section.info; i++) {
        let version = need + this.#bytes.readUInt32LE(need + 8);
        for (let left = this.#bytes.readUInt16LE(need + 2); left > 0; left--) {
          found.push(this.#text(names + this.#bytes.readUInt32LE(version + 8)));
          version += this.#bytes.readUInt32LE(version + 12);
        }
        need += this.#bytes.readUInt32LE(need + 12);
      }
    }
    return found;
  }

  /** The symbols that the dynamic loader sees, or with `all` every one the linker left. */
  symbols(all = false): ElfSymbol[] {
    return this.#sections
      .filter(({ type }) => type === (all ? SYMTAB : DYNSYM))
      .flatMap((section) => {
        const names = this.#sections[section.link].offset;
        return Array.from({ length: section.size / 24 }, (_, i) => {
          const at = section.offset + i * 24;
          return {
            name: this.#text(names + this.#bytes.readUInt32LE(at)),
            weak: this.#bytes[at + 4] >> 4 === 2,
            defined: this.#bytes.readUInt16LE(at + 6) !== 0,
          };
        });
      });
  }
}

/** The highest version of `library` among `versions` as numbers, or an empty list. */
export function highest(versions: readonly string[], library: string): number[] {
  const own = versions
    .filter((version) => version.startsWith(`${library}_`))
    .map((version) =>
      version
        .slice(library.length + 1)
        .split('.')
        .map(Number),
    );
  return own.sort(compareVersions).at(-1) ?? [];
}

/** Negative where version `a` is older than `b`. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
