/** The example that learns the fuel consumption of cars. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCars } from '../../examples/auto-mpg/cars.ts';
import { linesOf } from '../support/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradtape-cars-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TABLE = `mpg,cylinders,displacement,horsepower,weight,acceleration,model_year,origin,name
18.0,8,307.0,130.0,3504,12.0,70,usa,one
25.0,4,98.0,,2046,19.0,71,usa,without horsepower
24.0,4,113.0,95.0,2372,15.0,70,japan,two
26.0,4,97.0,46.0,1835,20.5,70,europe,three
31.0,4,90.0,60.0,1900,17.0,75,,without origin
`;

describe('auto-mpg', () => {
  it('drops rows with missing values and turns the origin into three columns', async () => {
    writeFileSync(join(folder, 'mpg.csv'), TABLE);
    const { features, mpg, source } = await loadCars(folder);
    expect(source).toBe('3 cars, 2 more dropped for missing values');
    expect(mpg.arraySync()).toEqual([[18], [24], [26]]);
    expect(features.arraySync()).toEqual([
      [8, 307, 130, 3504, 12, 70, 1, 0, 0],
      [4, 113, 95, 2372, 15, 70, 0, 0, 1],
      [4, 97, 46, 1835, 20.5, 70, 0, 1, 0],
    ]);
  });

  it('refuses a folder without the table, and invents one for none', async () => {
    await expect(loadCars(join(folder, 'nowhere'))).rejects.toThrow('mpg.csv" cannot be read');
    expect((await loadCars('')).source).toMatch(/invented, not measured$/);
  });

  it('learns from invented cars', async () => {
    const lines = await linesOf(() => import('../../examples/auto-mpg/main.ts'), ['--epochs', '120', '--seeds', '2']);
    expect(lines[0]).toMatch(/^Data: \d+ cars, \d+ more dropped for missing values; invented, not measured$/);
    expect(lines.filter((line) => /\(Dense\)/.test(line)).map((line) => line.match(/\[null, \d+\]/)?.[0])).toEqual([
      '[null, 64]',
      '[null, 64]',
      '[null, 1]',
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^ Total params: 4,865 /));
    expect(lines.filter((line) => /^Seed \d: \d+ epochs, mean absolute error \d\.\d\d mpg on 78 cars held out$/.test(line))).toHaveLength(
      2,
    );
    const mean = Number(/^Mean of 2 seeds: (\d+\.\d\d) mpg$/.exec(lines.at(-1) ?? '')?.[1]);
    // Half of the noise of the table is 1; guessing the mean is off by 4.
    expect(mean).toBeLessThan(2);
  });
});
