"""Vectors in numba: 32 bytes of numbers (8 float32 or 4 float64) handled as one value.

    u = load(array, i)            the numbers array[i], array[i + 1], ...;  entries(array): how many they are
    u + v, u - v, u * v, u / v    one by one (a product and a sum may fuse)
    u > v                         a mask;  pick(mask, u, v) takes u where it is set and v elsewhere
    store(array, i, u);  some(mask): is it set anywhere?  bits(mask): where?
    running(u), last(u)           the running sums of the entries;  the last entry in every place

LLVM's own vectoriser needs luck (no aliasing, long loops, a good remainder); this needs none, and accumulators that
are vectors need no sum across lanes until the loop is over.  Indices are not checked.
"""
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

BYTES = 32  # of a vector: an AVX register; narrower machines use two registers, wider ones half of one


class Lanes(types.Type):
    """The numba type of a vector of `dtype`."""

    def __init__(self, dtype):
        self.dtype, self.count = dtype, BYTES * 8 // dtype.bitwidth
        super().__init__(f"lanes({dtype})")


class Mask(types.Type):
    """The numba type of `count` truth values."""

    def __init__(self, count):
        self.count = count
        super().__init__(f"mask({count})")


def _vector(kind):
    element = {"float32": ir.FloatType(), "float64": ir.DoubleType()}[kind.dtype.name]
    return ir.VectorType(element, kind.count)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _vector(kind))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.count))


def _operator(function, result, emit):
    @type_callable(function)
    def typer(context):
        return lambda u, v: result(u) if isinstance(u, Lanes) and u == v else None

    @lower_builtin(function, Lanes, Lanes)
    def lower(context, builder, signature, arguments):
        return emit(builder, *arguments)


_operator(operator.add, lambda u: u, lambda build, u, v: build.fadd(u, v, flags=("contract",)))
_operator(operator.sub, lambda u: u, lambda build, u, v: build.fsub(u, v, flags=("contract",)))
_operator(operator.mul, lambda u: u, lambda build, u, v: build.fmul(u, v, flags=("contract",)))
_operator(operator.truediv, lambda u: u, lambda build, u, v: build.fdiv(u, v))
_operator(operator.gt, lambda u: Mask(u.count), lambda build, u, v: build.fcmp_ordered(">", u, v))


def _pointer(context, builder, array, value, index):
    data = context.make_array(array)(context, builder, value).data
    return builder.gep(data, [index])


@intrinsic
def load(typing, array, index):
    """The vector array[index : index + count]."""
    kind = Lanes(array.dtype)

    def emit(context, builder, signature, arguments):
        pointer = _pointer(context, builder, array, *arguments)
        pointer = builder.bitcast(pointer, _vector(kind).as_pointer())
        return builder.load(pointer, align=array.dtype.bitwidth // 8)

    return kind(array, types.intp), emit


@intrinsic
def entries(typing, array):
    """How many numbers of the array make a vector: known when it is compiled."""
    return types.intp(array), lambda context, *_: context.get_constant(types.intp, Lanes(array.dtype).count)


@intrinsic
def store(typing, array, index, u):
    """array[index : index + count] = u, rounded to the dtype of the array."""

    def emit(context, builder, signature, arguments):
        kind, numbers = Lanes(array.dtype), arguments[2]
        vector = ir.VectorType(_vector(kind).element, u.count)
        if array.dtype != u.dtype:
            numbers = builder.fptrunc(numbers, vector)
        pointer = _pointer(context, builder, array, *arguments[:2])
        builder.store(numbers, builder.bitcast(pointer, vector.as_pointer()), align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, u), emit


@intrinsic
def gather(typing, array, indices, start):
    """The vector array[indices[start]], array[indices[start + 1]], ..."""
    kind = Lanes(array.dtype)

    def emit(context, builder, signature, arguments):
        table, where, first = arguments
        result = ir.Constant(_vector(kind), ir.Undefined)
        for lane in range(kind.count):
            position = builder.add(first, ir.Constant(first.type, lane))
            index = builder.load(_pointer(context, builder, indices, where, position))
            index = builder.sext(index, first.type) if index.type != first.type else index
            number = builder.load(_pointer(context, builder, array, table, index))
            result = builder.insert_element(result, number, ir.Constant(ir.IntType(32), lane))
        return result

    return kind(array, indices, types.intp), emit


@intrinsic
def splat(typing, like, number):
    """The vector of the type of `like` whose entries all are `number`."""

    def emit(context, builder, signature, arguments):
        number = context.cast(builder, arguments[1], signature.args[1], like.dtype)
        result = ir.Constant(_vector(like), ir.Undefined)
        for lane in range(like.count):
            result = builder.insert_element(result, number, ir.Constant(ir.IntType(32), lane))
        return result

    return like(like, number), emit


@intrinsic
def pick(typing, mask, u, v):
    """u where the mask is set, v elsewhere."""
    return u(mask, u, u), lambda context, builder, signature, arguments: builder.select(*arguments)


@intrinsic
def bits(typing, mask):
    """The mask as a number, the first entry in its lowest bit."""

    def emit(context, builder, signature, arguments):
        return builder.zext(builder.bitcast(arguments[0], ir.IntType(mask.count)), ir.IntType(64))

    return types.int64(mask), emit


@intrinsic
def some(typing, mask):
    """Is the mask set anywhere?"""

    def emit(context, builder, signature, arguments):
        bits = ir.IntType(mask.count)
        return builder.icmp_unsigned("!=", builder.bitcast(arguments[0], bits), ir.Constant(bits, 0))

    return types.boolean(mask), emit


def _shuffle(builder, u, v, places):
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))
    return builder.shuffle_vector(u, v, mask)


@intrinsic
def running(typing, u):
    """The sums of the first entry, the first two, ..."""

    def emit(context, builder, signature, arguments):
        total, nothing, count = arguments[0], ir.Constant(_vector(u), [0.0] * u.count), u.count
        shift = 1
        while shift < count:                                             # zeros move in from below
            moved = _shuffle(builder, nothing, total, range(count - shift, 2 * count - shift))
            total, shift = builder.fadd(total, moved), 2 * shift
        return total

    return u(u), emit


@intrinsic
def last(typing, u):
    """The last entry in every place."""

    def emit(context, builder, signature, arguments):
        return _shuffle(builder, arguments[0], arguments[0], [u.count - 1] * u.count)

    return u(u), emit


@intrinsic
def root(typing, u):
    """Square roots."""

    def emit(context, builder, signature, arguments):
        vector = _vector(u)
        name = f"llvm.sqrt.v{u.count}f{u.dtype.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector]), name)
        return builder.call(function, arguments)

    return u(u), emit
