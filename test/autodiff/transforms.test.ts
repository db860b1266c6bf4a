/** Gradients of functions, custom gradients and what stops them. */
import { GradientTape, scalar, type Tensor, tensor, Variable } from 'gradtape';
import { describe, expect, it } from 'vitest';
import { customGrad, type Save, stopGradient } from '../../lib/autodiff/custom.ts';
import { grad, grads, jvp, valueAndGrad, valueAndGrads, variableGrads } from '../../lib/autodiff/transforms.ts';

const wrong = (value: unknown) => value as never;

describe('grad and its kin', () => {
  it('differentiate to any order, with zeros at the end', () => {
    let f = (x: Tensor) => x.square().mul(x);
    const values: number[] = [];
    for (let order = 0; order < 5; order++) {
      values.push(f(scalar(2)).item());
      f = grad(f);
    }
    expect(values).toEqual([8, 12, 12, 6, 0]);
  });

  it('weigh results of several elements by dy', () => {
    const f = (x: Tensor) => x.square();
    expect(grad(f)([1, 2]).arraySync()).toEqual([2, 4]);
    expect(grad(f)([1, 2], [10, 100]).arraySync()).toEqual([20, 400]);
    expect(valueAndGrad(f)(tensor([1, 2], [2], 'float64'), [10, 100]).grad.dtype).toBe('float64');
  });

  it('give one gradient for each argument, also where one tensor is given twice', () => {
    const product = (a: Tensor, b: Tensor) => a.mul(b);
    expect(grads(product)([2, 5]).map((g) => g.item())).toEqual([5, 2]);
    const x = scalar(3);
    expect(grads((a, b) => a.square().add(b))([x, x]).map((g) => g.item())).toEqual([6, 1]);
    const { value, grads: both } = valueAndGrads(product)([2, 5], 10);
    expect([value.item(), ...both.map((g) => g.item())]).toEqual([10, 50, 20]);
  });

  it('refuse what they cannot differentiate', () => {
    expect(() => grad(wrong(1))).toThrow('grad: expected a function; received 1');
    expect(() => valueAndGrad(wrong(1))).toThrow('valueAndGrad: expected a function; received 1');
    expect(() => valueAndGrads(wrong(1))).toThrow('valueAndGrads: expected a function; received 1');
    expect(() => grads((a) => a)(wrong(3))).toThrow('grads: the arguments come as a list; received 3');
    expect(() => grad(() => wrong(3))(1)).toThrow('grad: the function must return a tensor; received 3');
    expect(() => grad(() => scalar(1, 'int32'))(1)).toThrow('grad: the function must return a floating tensor; received int32');
    expect(() => grads((a) => a)([1, scalar(1, 'int32')])).toThrow('grads: argument 1 must be a floating tensor; received int32');
  });
});

describe('variableGrads', () => {
  it('pairs variables with gradients, null where there is none', () => {
    const [a, b, c] = [2, 5, 7].map((value) => new Variable(scalar(value), { name: 'same' }));
    const found = variableGrads(() => a.mul(b));
    expect(found.value.item()).toBe(10);
    expect(found.grads.map(({ variable }) => variable)).toEqual([a, b]);
    expect(found.grads.map(({ gradient }) => gradient?.item())).toEqual([5, 2]);
    const chosen = variableGrads(() => a.mul(b), [c, b]).grads;
    expect(chosen.map(({ gradient }) => gradient?.item() ?? null)).toEqual([null, 2]);
  });

  it('refuses a function that depends on no variable, and what are no variables', () => {
    const a = new Variable(scalar(2));
    expect(() => variableGrads(() => scalar(1), [a])).toThrow('variableGrads: the function depends on none of the 1 variables');
    expect(() => variableGrads(() => scalar(1))).toThrow('variableGrads: the function depends on none of the 0 variables');
    expect(() => variableGrads(() => a.square(), wrong(a))).toThrow('variableGrads: the variables come as a list; received a Variable');
    expect(() => variableGrads(() => a.square(), [wrong(1)])).toThrow('variableGrads: expected variables; received 1');
    expect(() => variableGrads(wrong(a))).toThrow('variableGrads: expected a function; received a Variable');
    expect(() => variableGrads(() => wrong(1))).toThrow('variableGrads: the function must return a tensor; received 1');
  });
});

describe('jvp', () => {
  it('is the derivative along a direction, in every order', () => {
    const f = (a: Tensor, b: Tensor) => a.mul(b).sum(1);
    const { value, tangent } = jvp(f, [[[1, 2]], [[3, 4]]], [[[1, 0]], [[0, 10]]]);
    expect([value.arraySync(), tangent.arraySync()]).toEqual([[11], [23]]);
    const along = (x: Tensor) => jvp((x) => x.square().mul(x), [x], [1]).tangent;
    expect([along(scalar(2)).item(), grad(along)(2).item()]).toEqual([12, 12]);
    expect(jvp((x) => x.add(1), [5], [3]).tangent.item()).toBe(3);
    expect(jvp(() => scalar(1), [5], [3]).tangent.item()).toBe(0);
  });

  it('refuses tangents that do not fit', () => {
    const f = (x: Tensor) => x.square();
    expect(() => jvp(wrong(1), [1], [1])).toThrow('jvp: expected a function; received 1');
    expect(() => jvp(f, wrong(1), [1])).toThrow('jvp: the arguments come as a list; received 1');
    expect(() => jvp(f, [1], [1, 2])).toThrow('jvp: 1 primals need as many tangents; received 2');
    expect(() => jvp(f, [1], [[1, 2]])).toThrow('jvp: tangent 0 has shape [2]; its primal has []');
    expect(() => jvp(f, [1], [scalar(1, 'float64')])).toThrow('jvp: tangent 0 is float64; its primal is float32');
    expect(() => jvp(f, [scalar(1, 'int32')], [scalar(1, 'int32')])).toThrow('jvp: argument 0 must be a floating tensor; received int32');
  });
});

describe('customGrad', () => {
  const cube = customGrad((x: Tensor, save: Save) => {
    const squared = x.square();
    save([x, squared]);
    return { value: squared.mul(x), gradFunc: (dy, [, squared]) => dy.mul(squared).mul(3) };
  });

  it('replaces the gradient', () => {
    const reversed = customGrad((x: Tensor) => ({ value: x.mul(2), gradFunc: (dy) => dy.neg() }));
    expect(valueAndGrad((x) => reversed(x).mul(3))(5)).toMatchObject({ value: expect.anything() });
    const { value, grad: slope } = valueAndGrad((x) => reversed(x).mul(3))(5);
    expect([value.item(), slope.item()]).toEqual([30, -3]);
  });

  it('is right in higher orders, also through what was saved', () => {
    expect(grad((x) => cube(x))(2).item()).toBe(12);
    expect(grad(grad((x) => cube(x)))(2).item()).toBe(12);
    expect(grad(grad(grad((x) => cube(x))))(2).item()).toBe(6);
  });

  it('takes several inputs and variables, and calls gradFunc once', () => {
    let calls = 0;
    const product = customGrad((a: Tensor, b: Tensor, save: Save) => {
      save([a, b]);
      const gradFunc = (dy: Tensor, [a, b]: Tensor[]) => {
        calls++;
        return [dy.mul(b), dy.mul(a)];
      };
      return { value: a.mul(b), gradFunc };
    });
    const v = new Variable(scalar(4));
    const tape = new GradientTape();
    const x = scalar(3);
    const y = tape.record(() => {
      tape.watch(x);
      return product(x, v);
    });
    expect(tape.gradient(y, [x, v]).map((g) => g?.item())).toEqual([4, 3]);
    expect(calls).toBe(1);
  });

  it('holds what it saved', () => {
    const x = scalar(3);
    const tape = new GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      const saves = customGrad((x: Tensor, save: Save) => {
        const twice = x.mul(2);
        save([twice]);
        return { value: x.square(), gradFunc: (dy, [twice]) => dy.mul(twice) };
      });
      return saves(x);
    });
    expect(tape.gradient(y, x)?.item()).toBe(6);
  });

  it('refuses functions that return something else', () => {
    const gives = (gradients: unknown) => grad((x) => customGrad((x: Tensor) => ({ value: x, gradFunc: () => wrong(gradients) }))(x));
    expect(() => customGrad(wrong(1))).toThrow('customGrad: expected a function; received 1');
    expect(() => customGrad((x: Tensor) => wrong(x))(1)).toThrow(
      'customGrad: the function must return { value, gradFunc }; received a Tensor',
    );
    expect(() => gives(1)(1)).toThrow('customGrad: gradFunc must return tensors; received 1');
    expect(() => gives([1])(1)).toThrow('customGrad: gradFunc must return tensors; received 1');
    expect(() => gives([scalar(1), scalar(1)])(1)).toThrow('customGrad: gradFunc gave 2 gradients for 1 inputs');
    expect(() => gives(tensor([1, 2]))(1)).toThrow('customGrad: gradFunc gave shape [2] for input 0 of shape []');
    expect(() => gives(scalar(1, 'float64'))(1)).toThrow('customGrad: gradFunc gave float64 for input 0 of float32');
  });
});

describe('stopGradient', () => {
  it('keeps the values and stops the gradient, in every order', () => {
    const x = tensor([2, 3]);
    expect(stopGradient(x).arraySync()).toEqual([2, 3]);
    expect(grad((x) => x.mul(stopGradient(x)))(x).arraySync()).toEqual([2, 3]);
    expect(grad(grad((x) => x.mul(stopGradient(x))))(x).arraySync()).toEqual([0, 0]);
  });
});
