// Gradient descent in O(m + s) a step: a neuron sees the samples only through sums over its region, and the function
// sees the neurons only through sums over theirs.  Same rule as lib.training.train.  No DOM.
//
// Bucket k = 0..s: active at x_k, ..., x_{s-1} (a > 0).  Bucket s+1+k: active at x_0, ..., x_{k-1} (a < 0).
// Row k of `table`: the sums of rho_j x_j and rho_j that the bucket sees; its last sample that is on and first that is
// off; the sums of c a and c b of its neurons.  One array, because the loop over the neurons is where the time goes.
const WIDTH = 8, INNER = 2, OUTER = 3, CA = 4, CB = 5;

export class Trainer {
  constructor(net, x, y, { train = "abc", safety = 1, refresh = 10, step = null } = {}) {
    const s = x.length;
    Object.assign(this, { net, s, train, safety, refresh, fixed: step });
    this.x = Float64Array.from(x);
    this.y = Float64Array.from(y);
    this.step = step || 0;
    this.epoch = 0;
    this.time = 0;
    this.rho = new Float64Array(s);
    // the top eigenvector, kept between refreshes
    this.top = Float64Array.from({ length: s }, (_, j) => 1 + j / s);
    this.image = new Float64Array(s);
    this.left = new Float64Array(s);
    this.right = new Float64Array(s);
    this.table = new Float64Array(WIDTH * (2 * s + 2));
    [this.m11, this.m12, this.m22] = Array.from({ length: 3 }, () => new Float64Array(2 * s + 2));
    for (let k = 0; k <= s; k++) {
      const left = k > 0 ? this.x[k - 1] : -Infinity, right = k < s ? this.x[k] : Infinity;
      this.table.set([right, left], WIDTH * k + INNER);
      this.table.set([left, right], WIDTH * (s + 1 + k) + INNER);
    }
    this.row = Int32Array.from(net.a, (a, i) => WIDTH * this.find(a, net.b[i]));
    this.sweep(0);
    this.residuals();
    this.limit = 1e6 * (this.loss + 1);
    this.diverged = !(this.loss <= this.limit);
  }

  find(a, b) {                                       // the bucket of a neuron
    const { x, s } = this;
    let k = 0;
    if (a < 0) { while (k < s && a * x[k] - b > 0) k++; return s + 1 + k; }
    while (k < s && !(a * x[k] - b > 0)) k++;
    return k;
  }

  advance(epochs) {
    for (let k = 0; k < epochs && !this.diverged; k++) {
      if (this.fixed === null && this.epoch % this.refresh === 0) {
        const top = this.lambdaMax();
        this.step = top > 0 ? this.safety / top : 0;
      }
      this.sums();
      this.sweep(this.step);
      this.residuals();
      this.time += this.step;
      this.epoch++;
      this.diverged = !(this.loss <= this.limit);                           // a NaN is not <= either
    }
  }

  // the sums of rho_j x_j and rho_j over the samples that a bucket sees
  sums() {
    const { x, s, rho, table } = this;
    for (let k = s - 1, q = 0, p = 0; k >= 0; k--) {
      table[WIDTH * k] = p += rho[k] * x[k];
      table[WIDTH * k + 1] = q += rho[k];
    }
    for (let k = 0, q = 0, p = 0; k < s; k++) {
      table[WIDTH * (s + 2 + k)] = p += rho[k] * x[k];
      table[WIDTH * (s + 2 + k) + 1] = q += rho[k];
    }
  }

  // one step of every neuron, and the sums of c a and c b of the buckets they are in then
  sweep(step) {
    const { row, table } = this, { m, alpha, a, b, c } = this.net;
    const ab = this.train === "c" ? 0 : step / alpha, cc = this.train === "ab" ? 0 : step / alpha;
    for (let k = CA; k < table.length; k += WIDTH) table[k] = table[k + 1] = 0;
    for (let i = 0; i < m; i++) {
      let k = row[i];
      const p1 = table[k], p0 = table[k + 1], ao = a[i], bo = b[i], co = c[i];
      const an = ao - ab * co * p1, bn = bo + ab * co * p0, cn = co - cc * (ao * p1 - bo * p0);
      a[i] = an;
      b[i] = bn;
      c[i] = cn;
      const on = an * table[k + INNER] - bn > 0;
      if (!on || !(an * table[k + OUTER] - bn <= 0)) {
        k += on === an > 0 ? -WIDTH : WIDTH;                                // most often it went over one sample
        if (!(an * table[k + INNER] - bn > 0 && an * table[k + OUTER] - bn <= 0)) k = WIDTH * this.find(an, bn);
        row[i] = k;
      }
      table[k + CA] += cn * an;
      table[k + CB] += cn * bn;
    }
  }

  residuals() {
    const { x, y, s, rho, table } = this, { alpha } = this.net;
    let slope = 0, shift = 0, loss = 0;
    for (let j = 0, k = CA; j < s; j++, k += WIDTH) {
      slope += table[k];
      shift += table[k + 1];
      rho[j] = (slope * x[j] - shift) / alpha - y[j];
    }
    slope = shift = 0;
    for (let j = s - 1, k = WIDTH * (2 * s + 1) + CA; j >= 0; j--, k -= WIDTH) {
      slope += table[k];
      shift += table[k + 1];
      rho[j] += (slope * x[j] - shift) / alpha;
      loss += rho[j] * rho[j];
    }
    this.loss = loss / 2;
  }

  // second moments of the buckets: K(x, x') = sum over buckets that see both of x~^T M x~'
  moments() {
    const { row, m11, m12, m22 } = this, { m, alpha, a, b, c } = this.net;
    const ab = this.train === "c" ? 0 : 1 / (alpha * alpha), cc = this.train === "ab" ? 0 : 1 / (alpha * alpha);
    m11.fill(0);
    m12.fill(0);
    m22.fill(0);
    for (let i = 0; i < m; i++) {
      const q = row[i] / WIDTH, own = ab * c[i] * c[i];
      m11[q] += cc * a[i] * a[i] + own;
      m12[q] -= cc * a[i] * b[i];
      m22[q] += cc * b[i] * b[i] + own;
    }
  }

  // out = K v in O(s): sums of v over what a bucket sees, times its M, summed over the buckets that see x_j
  times(v, out) {
    const { x, s, m11, m12, m22, left: p, right: q } = this;
    for (const [first, from, to, by] of [[0, s - 1, -1, -1], [s + 2, 0, s, 1]]) {
      let vx = 0, v1 = 0;
      for (let k = from; k !== to; k += by) {
        vx += v[k] * x[k];
        v1 += v[k];
        p[k] = m11[first + k] * vx + m12[first + k] * v1;
        q[k] = m12[first + k] * vx + m22[first + k] * v1;
      }
      vx = v1 = 0;
      for (let j = to - by; j !== from - by; j -= by) {
        vx += p[j];
        v1 += q[j];
        out[j] = (by < 0 ? 0 : out[j]) + vx * x[j] + v1;
      }
    }
  }

  // the top eigenvalue of the tangent kernel of the trained parameters, by power iteration
  lambdaMax(tolerance = 1e-14, most = 300) {
    const { s, top, image: next } = this;
    this.moments();
    let value = 0;
    for (let k = 0; k < most; k++) {
      let vv = 0, vk = 0, kk = 0;
      this.times(top, next);
      for (let j = 0; j < s; j++) { vv += top[j] * top[j]; vk += top[j] * next[j]; kk += next[j] * next[j]; }
      value = vk / vv;
      if (!(kk > 0) || !isFinite(kk)) return kk > 0 ? kk : 0;
      const size = Math.sqrt(kk);
      for (let j = 0; j < s; j++) top[j] = next[j] / size;
      // |K v - value v|^2 / |v|^2: value is off by that, relatively
      if (kk / vv - value * value <= tolerance * value * value) break;
    }
    return value;
  }
}
