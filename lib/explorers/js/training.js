// Gradient descent in O(m + s) a step: a neuron sees the samples only through sums over its region, and the function
// sees the neurons only through sums over theirs.  Same rule as lib.training.train.  No DOM.
//
// Bucket k = 0..s: active at x_k, ..., x_{s-1} (a > 0).  Bucket s+1+k: active at x_0, ..., x_{k-1} (a < 0).
export class Trainer {
  constructor(net, x, y, { train = "abc", safety = 1, refresh = 10, step = null } = {}) {
    const s = x.length, table = () => new Float64Array(2 * s + 2);
    Object.assign(this, { net, s, train, safety, refresh, fixed: step });
    this.x = Float64Array.from(x);
    this.y = Float64Array.from(y);
    this.step = step || 0;
    this.epoch = 0;
    this.time = 0;
    this.rho = new Float64Array(s);
    this.top = Float64Array.from({ length: s }, (_, j) => 1 + j / s);       // the top eigenvector, kept between refreshes
    this.bucket = new Int32Array(net.m);
    this.inner = table();                                                   // the last sample that is on ...
    this.outer = table();                                                   // ... and the first one that is off
    [this.g1, this.g0, this.sa, this.sb, this.m11, this.m12, this.m22] = Array.from({ length: 7 }, table);
    for (let k = 0; k <= s; k++) {
      const left = k > 0 ? this.x[k - 1] : -Infinity, right = k < s ? this.x[k] : Infinity;
      this.inner[k] = right; this.outer[k] = left;
      this.inner[s + 1 + k] = left; this.outer[s + 1 + k] = right;
    }
    for (let i = 0; i < net.m; i++) this.bucket[i] = this.find(net.a[i], net.b[i]);
    this.sweep(0);
    this.residuals();
    this.limit = 1e6 * (this.loss + 1);
    this.diverged = !(this.loss <= this.limit);
  }

  find(a, b) {
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

  // g1, g0: the sums of rho_j x_j and rho_j over the samples that a bucket sees
  sums() {
    const { x, s, rho, g1, g0 } = this;
    g1[s] = g0[s] = g1[s + 1] = g0[s + 1] = 0;
    for (let k = s - 1; k >= 0; k--) { g1[k] = g1[k + 1] + rho[k] * x[k]; g0[k] = g0[k + 1] + rho[k]; }
    for (let k = 0; k < s; k++) {
      g1[s + 2 + k] = g1[s + 1 + k] + rho[k] * x[k];
      g0[s + 2 + k] = g0[s + 1 + k] + rho[k];
    }
  }

  // one step of every neuron, and the sums of c a and c b of the buckets they are in then
  sweep(step) {
    const { bucket, inner, outer, g1, g0, sa, sb } = this, { m, alpha, a, b, c } = this.net;
    const ab = this.train === "c" ? 0 : step / alpha, cc = this.train === "ab" ? 0 : step / alpha;
    sa.fill(0);
    sb.fill(0);
    for (let i = 0; i < m; i++) {
      let q = bucket[i];
      const p1 = g1[q], p0 = g0[q], ao = a[i], bo = b[i], co = c[i];
      const an = ao - ab * co * p1, bn = bo + ab * co * p0, cn = co - cc * (ao * p1 - bo * p0);
      a[i] = an;
      b[i] = bn;
      c[i] = cn;
      if (!(an * inner[q] - bn > 0 && an * outer[q] - bn <= 0)) bucket[i] = q = this.find(an, bn);
      sa[q] += cn * an;
      sb[q] += cn * bn;
    }
  }

  residuals() {
    const { x, y, s, rho, sa, sb } = this, { alpha } = this.net;
    let slope = 0, shift = 0, loss = 0;
    for (let j = 0; j < s; j++) { slope += sa[j]; shift += sb[j]; rho[j] = (slope * x[j] - shift) / alpha - y[j]; }
    slope = shift = 0;
    for (let j = s - 1; j >= 0; j--) {
      slope += sa[s + 2 + j];
      shift += sb[s + 2 + j];
      rho[j] += (slope * x[j] - shift) / alpha;
      loss += rho[j] * rho[j];
    }
    this.loss = loss / 2;
  }

  // second moments of the buckets: K(x, x') = sum over buckets that see both of x~^T M x~'
  moments() {
    const { bucket, m11, m12, m22 } = this, { m, alpha, a, b, c } = this.net;
    const ab = this.train === "c" ? 0 : 1 / (alpha * alpha), cc = this.train === "ab" ? 0 : 1 / (alpha * alpha);
    m11.fill(0);
    m12.fill(0);
    m22.fill(0);
    for (let i = 0; i < m; i++) {
      const q = bucket[i], own = ab * c[i] * c[i];
      m11[q] += cc * a[i] * a[i] + own;
      m12[q] -= cc * a[i] * b[i];
      m22[q] += cc * b[i] * b[i] + own;
    }
  }

  // out = K v in O(s): sums of v over what a bucket sees, times its M, summed over the buckets that see x_j
  times(v, out) {
    const { x, s, m11, m12, m22 } = this;
    for (const [first, from, to, by] of [[0, s - 1, -1, -1], [s + 2, 0, s, 1]]) {
      let p = 0, q = 0;
      for (let k = from; k !== to; k += by) {
        p += v[k] * x[k];
        q += v[k];
        this.sa[k] = m11[first + k] * p + m12[first + k] * q;               // sa, sb: free to use between steps
        this.sb[k] = m12[first + k] * p + m22[first + k] * q;
      }
      p = q = 0;
      for (let j = to - by; j !== from - by; j -= by) {
        p += this.sa[j];
        q += this.sb[j];
        out[j] = (by < 0 ? 0 : out[j]) + p * x[j] + q;
      }
    }
  }

  // the top eigenvalue of the tangent kernel of the trained parameters, by power iteration
  lambdaMax(tolerance = 1e-9, most = 300) {
    const { s, top } = this, next = this.scratch || (this.scratch = new Float64Array(s));
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
      if (kk / vv - value * value <= tolerance * tolerance * value * value) break;  // |K v - value v|^2 / |v|^2
    }
    return value;
  }
}
