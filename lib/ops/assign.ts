/** Assignments of variables that compute: they need ops, which the variable itself does not know. */
import type { Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { add, sub } from './arithmetic.ts';

declare module '../core/variable.ts' {
  interface Variable {
    /** Adds `value` to the variable; returns it. */
    assignAdd(value: Tensor | number): this;
    /** Subtracts `value` from the variable; returns it. */
    assignSub(value: Tensor | number): this;
  }
}

/** Reads without telling tapes: an assignment is not part of what is differentiated. */
Variable.prototype.assignAdd = function (value) {
  return this.assign(add(peekValue(this), value));
};

Variable.prototype.assignSub = function (value) {
  return this.assign(sub(peekValue(this), value));
};
