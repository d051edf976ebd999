"""Vectors in numba: 32 bytes of numbers (8 float32 or 4 float64) handled as one value.

    u = load(array, i)            the numbers array[i], array[i + 1], ...
    entries(array)                how many they are
    u + v, u - v, u * v, u / v    one by one (a product and a sum may fuse)
    u > v                         a mask
    select(mask, u, v)            u where it is set and v elsewhere
    store(array, i, u)
    any_of(mask), movemask(mask)  is it set anywhere?  where?
    cumsum(u), last(u)            the running sums; the last entry in every place

LLVM's own vectoriser needs luck (no aliasing, long loops, a good remainder); this needs none, and
accumulators that are vectors need no sum across entries until the loop is over.  Indices are not
checked.
"""
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

BYTES = 32  # of a vector: an AVX register; narrower machines use two, wider ones half of one


class Vector(types.Type):
    """The numba type of a vector of `dtype`."""

    def __init__(self, dtype):
        self.dtype, self.count = dtype, BYTES * 8 // dtype.bitwidth
        super().__init__(f"vector({dtype})")


class Mask(types.Type):
    """The numba type of `count` truth values."""

    def __init__(self, count):
        self.count = count
        super().__init__(f"mask({count})")


def _llvm(kind):
    element = {"float32": ir.FloatType(), "float64": ir.DoubleType()}[kind.dtype.name]
    return ir.VectorType(element, kind.count)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _llvm(kind))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.count))


def _operator(function, result, emit):
    @type_callable(function)
    def typer(context):
        return lambda u, v: result(u) if isinstance(u, Vector) and u == v else None

    @lower_builtin(function, Vector, Vector)
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
    kind = Vector(array.dtype)

    def emit(context, builder, signature, arguments):
        pointer = _pointer(context, builder, array, *arguments)
        pointer = builder.bitcast(pointer, _llvm(kind).as_pointer())
        return builder.load(pointer, align=array.dtype.bitwidth // 8)

    return kind(array, types.intp), emit


@intrinsic
def entries(typing, array):
    """How many numbers of the array make a vector: known when it is compiled."""
    count = Vector(array.dtype).count
    return types.intp(array), lambda context, *_: context.get_constant(types.intp, count)


@intrinsic
def store(typing, array, index, u):
    """array[index : index + count] = u, rounded to the dtype of the array."""

    def emit(context, builder, signature, arguments):
        kind, numbers = Vector(array.dtype), arguments[2]
        vector = ir.VectorType(_llvm(kind).element, u.count)
        if array.dtype != u.dtype:
            numbers = builder.fptrunc(numbers, vector)
        pointer = _pointer(context, builder, array, *arguments[:2])
        pointer = builder.bitcast(pointer, vector.as_pointer())
        builder.store(numbers, pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, u), emit


@intrinsic
def gather(typing, array, indices, start):
    """The vector array[indices[start]], array[indices[start + 1]], ..."""
    kind = Vector(array.dtype)

    def emit(context, builder, signature, arguments):
        table, where, first = arguments
        result = ir.Constant(_llvm(kind), ir.Undefined)
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
        result = ir.Constant(_llvm(like), ir.Undefined)
        for lane in range(like.count):
            result = builder.insert_element(result, number, ir.Constant(ir.IntType(32), lane))
        return result

    return like(like, number), emit


@intrinsic
def select(typing, mask, u, v):
    """u where the mask is set, v elsewhere."""
    return u(mask, u, u), lambda context, builder, signature, arguments: builder.select(*arguments)


@intrinsic
def movemask(typing, mask):
    """The mask as a number, the first entry in its lowest bit."""

    def emit(context, builder, signature, arguments):
        return builder.zext(builder.bitcast(arguments[0], ir.IntType(mask.count)), ir.IntType(64))

    return types.int64(mask), emit


@intrinsic
def any_of(typing, mask):
    """Is the mask set anywhere?"""

    def emit(context, builder, signature, arguments):
        bits = ir.IntType(mask.count)
        number = builder.bitcast(arguments[0], bits)
        return builder.icmp_unsigned("!=", number, ir.Constant(bits, 0))

    return types.boolean(mask), emit


def _shuffle(builder, u, v, places):
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))
    return builder.shuffle_vector(u, v, mask)


@intrinsic
def cumsum(typing, u):
    """The sums of the first entry, the first two, ..."""

    def emit(context, builder, signature, arguments):
        total, nothing, count = arguments[0], ir.Constant(_llvm(u), [0.0] * u.count), u.count
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
def sqrt(typing, u):
    """Square roots."""

    def emit(context, builder, signature, arguments):
        vector = _llvm(u)
        name = f"llvm.sqrt.v{u.count}f{u.dtype.bitwidth}"
        kind = ir.FunctionType(vector, [vector])
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, arguments)

    return u(u), emit
