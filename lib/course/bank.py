"""The bank of questions, four a chapter or more, and how one is found by its name."""
import math

from ..explorers import Delta, Field, KernelSpline, Neurons
from .questions import Question


def _q(name, chapter, asks, right, *choices, because, look, shows=None):
    return Question(name, chapter, asks, choices, right, because, look, shows)


def _field(change) -> Field:
    shown = Field()
    shown.points = [[x, change(k, y)] for k, (x, y) in enumerate(shown.points)]
    return shown


f, K, r, c = "<i>f</i>", "<i>K</i>", "<i>r</i>", "<i>c</i>"
ab = "(<i>a</i>, <i>b</i>)"
xk = "<i>x<sub>k</sub></i>"

QUESTIONS = (
    _q("half-step", "setup",
       f"All neurons have {ab} doubled and {c} halved: {f} is what it was. What changes in the "
       "next small step of gradient descent?", 1,
       ("Nothing.", "This believes that equal functions are equal networks. The step is taken by "
        "the parameters, and they differ."),
       (f"The motion of {f}, and not just its speed.", "The step sees the parameters, not the "
        "function."),
       (f"Only the speed of {f}, by one factor.", f"This believes that both parts of the tangent "
        f"kernel scale alike. The part of {c} is multiplied by 4, that of {ab} divided by 4."),
       because=f"The step on {c} is proportional to {ab}, and the step on {ab} to {c}.",
       look="See \"The same function moves differently\"."),
    _q("crossing", "setup",
       f"A particle turns across the line of a sample. What happens to {f} at that moment?", 2,
       (f"{f} jumps at the sample.", "This takes activation for value. At the line the neuron has "
        "the value 0 at the sample, on or off."),
       ("The knot disappears.", "The knot is at the sample at that moment, and goes on."),
       (f"{f} does not jump; its gradient in the parameters does.", "The value of the neuron "
        "at the sample passes through 0."),
       because="A neuron that begins to see a sample begins with the value 0, but with a slope.",
       look="Turn a particle in the explorer of six neurons.", shows=Neurons),
    _q("visible-knots", "setup",
       f"Sixty neurons: thirty random ones, and their copies with the opposite sign. How many "
       f"knots does {f} show?", 0,
       ("None.", "The two kinks of each pair are opposite and cancel."),
       ("30.", "This believes that a pair of neurons is one visible knot. Here its two kinks are "
        "opposite and add up to nothing."),
       ("60.", "This believes that one neuron is one visible knot. Knots at one place add, and may "
        "cancel."),
       because=f"The start has {f} = 0, although no neuron is zero.",
       look="It is the start of most runs in this book."),
    _q("kernel-says", "setup",
       f"What does the tangent kernel {K}(<i>x</i>, <i>x<sub>j</sub></i>) say?", 1,
       ("How similar the two inputs are.", "This believes that the kernel is made of the inputs "
        "alone. It depends on all the weights, and changes with them."),
       (f"How a pull at <i>x<sub>j</sub></i> moves {f} at <i>x</i>.", "The residuals pull, the "
        "kernel passes it on."),
       (f"How {f} at <i>x</i> and {f} at <i>x<sub>j</sub></i> are correlated.", "Nothing is random "
        "here once the weights are given."),
       because=f"{f}'(<i>t</i>) = &minus;&sum; {K}(<i>x</i>, <i>x<sub>j</sub></i>) times the "
       "residual at <i>x<sub>j</sub></i>.",
       look="See the section on what the function sees."),
    _q("who-gathers", "canonical_dynamics",
       f"{f} is too high at {xk} and too low at the samples beside it. Which neurons can gather at "
       f"{xk}?", 0,
       (f"Those with {r} &gt; 0.", "They make it higher still where it is too high: the neighbours "
        "need them, and the sample only stops them from passing."),
       (f"Those with {r} &lt; 0.", "This believes that a knot repairs the sample on which it sits. "
        "For these neurons the line is a ridge, and they leave it."),
       ("Both.", "A line that attracts one sign repels the other."),
       because="A line attracts the sign of its own residual, if the neighbours pull the other "
       "way, but less hard.",
       look="The explorer of the field shows it.", shows=Field),
    _q("same-sign-lines", "canonical_dynamics",
       "All residuals are positive, and all samples lie in (&minus;1, 1). How many lines attract?",
       2,
       ("All of them.", "This believes that attraction grows with the error. It needs neighbours "
        "that pull the other way."),
       ("The one with the largest residual.", "This believes that the largest error attracts."),
       ("None.", "Attraction needs residuals of both signs."),
       because="All products of residuals and of lifted inputs are positive, so the neighbours "
       "pull the same way as the sample.",
       look="Set all residuals positive in the explorer of the field.",
       shows=lambda: _field(lambda _, y: abs(y))),
    _q("caught", "canonical_dynamics",
       "A neuron has been caught by a line. What of it still changes?", 1,
       ("Nothing.", "This takes a caught neuron for a dead one."),
       (f"Its size {r}.", "The knot stands, the kink grows or shrinks."),
       ("Its angle, slowly.", "The push from both sides is not small at the line. It is exactly "
        "the share with which the neuron sees the sample that balances it."),
       because=f"The force along the ray does not vanish on the line, and moves {r}.",
       look="Look at the paths that end on a line, and go on along it."),
    _q("raise-one", "canonical_dynamics",
       "Residuals alternate and every line attracts. One residual is made ten times as large. "
       "Which lines can lose their neurons?", 0,
       ("Other lines, not its own.", "There the neighbours now pull harder than the sample "
        "itself, or the same way."),
       ("Its own line.", "This believes that a greater force frees a neuron. The sample's own pull "
        "is what holds it."),
       ("All lines.", "Only those are lost whose own residual has become too small beside the sum "
        "of the others."),
       because="A line holds as long as its own residual is stronger than the sum of those beside "
       "it.",
       look="Raise one residual in the explorer of the field.",
       shows=lambda: _field(lambda k, y: 10 * y if k == 3 else y)),
    _q("more-kernel", "full_parameter_dynamics",
       "Two starts are the same function. In one the outer weights are large, in the other the "
       "inner ones. Which is more like a kernel machine?", 1,
       (f"The one with large {c}.", f"This believes that large output weights do the work. A large "
        f"{c} makes the derivative in {ab} large, and the knots run."),
       (f"The one with large {ab}.", f"There the derivative in {c} is large and that in {ab} "
        "small, so the knots stay."),
       ("Neither: the function is the same.", "The step sees the parameters, not the function."),
       because="The kernel end is &delta; &rarr; &minus;&infin;: inner weights large, outer small.",
       look="Move &delta; in the explorer.", shows=lambda: Delta(delta=-math.inf)),
    _q("delta-zero", "full_parameter_dynamics",
       "At &delta; = 0, how readily does a particle turn, compared with how readily it grows?", 2,
       ("Not at all.", "This believes that zero is an end. The ends are &plusmn;&infin;."),
       ("As readily.", "That is the end &delta; = +&infin;."),
       ("Half as readily.", f"There {c}&sup2; = &rho;&sup2;, so the turning ratio is one half."),
       because=f"The turning ratio is {c}&sup2;/({c}&sup2; + &rho;&sup2;).",
       look="See the figure of the turning ratio."),
    _q("four-times-wider", "full_parameter_dynamics",
       "With &alpha; = &radic;<i>m</i> and the same laws for every neuron, the network is made "
       "four times as wide. What changes?", 0,
       ("Neurons move about half as far; &delta; and the turning ratio are what they were.",
        "More neurons share the work."),
       ("&delta; shrinks, and so the knots freeze.", "This believes that lazy means a small "
        "&delta;. &delta; is a property of each neuron, and the laws are the same."),
       ("The turning ratio shrinks: turning dies out.", "It does not know the width. Both motions "
        "become smaller alike."),
       because="A neuron's contribution is of size 1/&alpha;, and <i>m</i> of them share one task.",
       look="See the section on why wide networks are lazy."),
    _q("half-the-step", "full_parameter_dynamics",
       "Train to the same time with half the learning rate. How much of &delta; leaks?", 1,
       ("As much: &delta; is conserved.", "This takes descent for the flow. The flow conserves, "
        "descent leaks in every step."),
       ("Half as much.", "A quarter in each step, and twice as many steps."),
       ("A quarter as much.", "That is one step. There are twice as many."),
       because="One step changes &delta; by &eta;&sup2; times a difference of squared gradients.",
       look="It is measured in the section on what a neuron keeps."),
    _q("which-c", "kernel_regime",
       f"Only {c} is trained, and infinitely many {c} fit. Which one does descent find?", 2,
       ("Any of them, by chance.", "Nothing is left to chance: every step lies in the span of the "
        "rows of &Phi;."),
       ("The one of least norm.", f"This is right only for a start at {c} = 0."),
       ("The one nearest to its start.", "It never moves in a direction that the samples cannot "
        "see."),
       because=f"The change of {c} is the least that makes up for the first residuals.",
       look="See the proposition on training the outer weights."),
    _q("bends-where", "kernel_regime",
       "A law puts as many knots on one stretch as on another, but the neurons of the first have a "
       "larger |<i>a</i>|. Where does the curve bend more easily?", 0,
       ("On the first stretch.", "A steep neuron bends more for the same change of its weight."),
       ("On both alike: the knots are equally dense.", "This takes the density of knots <i>n</i> "
        "for the curvature weight &nu;. They differ by two powers of |<i>a</i>|."),
       ("On the second stretch.", "A small |<i>a</i>| needs a large weight for the same kink, and "
        "that is expensive."),
       because="The price of curvature is 1/&nu;, and &nu; has |<i>a</i>|&sup3; where <i>n</i> has "
       "|<i>a</i>|.",
       look="See the figure of the two densities."),
    _q("large-R", "kernel_regime",
       "With <i>a</i> = &plusmn;1 and <i>b</i> uniform on (&minus;<i>R</i>, <i>R</i>), <i>R</i> "
       "grows. What does the fit become?", 1,
       ("A straight line.", "This believes that few knots among the samples mean little bending. "
        f"The weights {c} grow instead: the fit still meets all samples."),
       ("The natural cubic spline.", "Constants become nearly free, and the ends are not held."),
       ("Some cubic spline that depends on the law.", "It is a cubic for every <i>R</i> larger "
        "than the data; in the limit the ends are free, and only one is left."),
       because=f"At the ends {f}'' is of the order 1/<i>R</i>, and it vanishes in the limit.",
       look="The figure of the distances for growing <i>R</i> shows it.",
       shows=lambda: KernelSpline(shape="Signed", R=10.0, time=math.inf)),
    _q("a-tenth", "kernel_regime",
       "Training is stopped after a small part of the time that it needs. What is missing from the "
       "fit?", 0,
       ("The fine features.", "They belong to small eigenvalues, which are learned last."),
       ("The same part of everything.", "This believes that all components are learned at one "
        "rate. Each has its own, its eigenvalue."),
       ("The coarse shape.", "It belongs to the largest eigenvalues, and is learned first."),
       because="A component with eigenvalue &lambda; is learned to 1 &minus; "
       "e<sup>&minus;&lambda;<i>t</i></sup>.",
       look="See the figure of early stopping.",
       shows=lambda: KernelSpline(time=0.0, playing=True)),
    _q("same-start", "experiments",
       f"Two starts are the same function; one has {ab} divided by ten and {c} multiplied by ten, "
       "the other the reverse. Do they end at the same fit?", 1,
       ("Yes: descent depends on the function alone.", "This takes the function for the network."),
       ("No, even when both fit.", "Different parameters move differently, and find another "
        "function through the same points."),
       ("No, but only until both fit.", "There are infinitely many fits. Equal loss is not equal "
        "function."),
       because="&delta; differs, and with it the way in which neurons move.",
       look="See the figure of equal functions."),
    _q("ten-times-all", "experiments",
       "All weights of a start with <i>f</i> = 0 are multiplied by ten. Which regime do "
       "you get?", 2,
       ("Adaptive: the weights are larger.", "Larger weights need a smaller relative change for "
        "the same task."),
       ("The same: &delta; over &kappa; is the same.", "This believes that the turning ratio "
        "decides alone. It says how motion is divided, not how much of it there is."),
       ("A lazy one.", "A tiny relative change of each neuron fits the data."),
       because="The targets have become small against what the network can do.",
       look="It is one of the exercises to this chapter."),
    _q("wider-fixed-delta", "experiments",
       "At a fixed negative &delta; with &alpha; = &radic;<i>m</i>, the paired start is made ten "
       "times as wide. Do more knots arrive at the samples, or fewer?", 0,
       ("Fewer.", "Each of many neurons need only move a little."),
       ("More: there are more neurons.", "This believes that more neurons mean more freedom for "
        "each. They share one task."),
       ("As many: &kappa; does not depend on the width.", "That is true of the turning ratio at "
        "the start. How far a neuron has to go is another matter."),
       because="The mass at the samples falls with the width.",
       look="See the map of regimes."),
    _q("vee", "experiments",
       "Samples of |<i>x</i>| at &plusmn;&frac12; and &plusmn;3/2, and a small start with &delta; "
       "&gt; 0. Where do the knots gather?", 2,
       ("At the samples, as always.", "This believes that samples always attract. They attract "
        "where residuals alternate, and these data bend one way."),
       ("Evenly over the interval.", "Knots do move here; nothing holds them at the samples."),
       ("Between the samples.", "No line holds them on a stretch where the data bend one way."),
       because="Little of the mass is at the samples at the end; nearly all is between the "
               "two inner ones.",
       look="It is one of the exercises to this chapter."),
    _q("decay-charges", "sparsity",
       "Weight decay on all parameters is added to the loss. What does it charge for a function, "
       "once the network has found the cheapest way to make it?", 1,
       ("Half the sum of squares of the values of the function.", "This takes a price on "
        "parameters for a price on values. Kinks cost, and so do straight lines."),
       (f"The sum of |{c}| times the length of {ab}, which is &alpha; times the mean of |{r}|.",
        "Each neuron can be balanced, and then half the squares are the product."),
       ("Nothing: rescaling makes it as small as one likes.", "That is true if only one layer is "
        "charged. Here what one layer loses the other gains."),
       because="Half a sum of squares is at least the product, with equality for balanced neurons.",
       look="See the section on a price for mass."),
    _q("two-or-one", "sparsity",
       "Two kinks of height 1 lie at &minus;1 and 1, one kink of height 2 at 0. Which costs more?",
       0,
       ("The two.", "The price of a kink grows with its distance from the origin, and it grows "
        "faster than in proportion near it."),
       ("The one: it is sharper.", "This believes that sharp kinks cost more than their share. "
        "At one place two kinks cost as much as one of their size."),
       ("Both cost the same.", "This forgets the weight: a kink at <i>e</i> costs "
        "&radic;(1 + <i>e</i>&sup2;)."),
       because="2&radic;2 against 2.",
       look="See the worked example of two kinks or one."),
    _q("connects-dots", "sparsity",
       "For which data does the cheapest interpolant connect the dots?", 2,
       ("For all.", "This believes that the fewest kinks are at samples. Where data bend one way, "
        "kinks may merge between them."),
       ("For none.", "Kinks of opposite sign cannot be merged."),
       ("For data that zigzag, for example.", "Neighbouring kinks have opposite signs there, and "
        "stay."),
       because="Only kinks of one sign with no sample between them can be merged.",
       look="See the section on which broken line wins."),
    _q("weak-force", "sparsity",
       f"With the price &lambda;, a neuron has shrunk to {r} = 0. When does it stay there?", 1,
       ("Always: a dead neuron does not come back.", "It is not dead, it sees samples. A force "
        "stronger than the price brings it back."),
       ("As long as the force along its ray is at most &lambda;.", "A weaker force does not pay "
        "for a neuron."),
       ("Only if the force is zero.", "This forgets that size has a price, which holds it at 0."),
       because=f"Beside {r} = 0 the price pulls back with &lambda; from either side.",
       look="It is the condition of the certificate."),
    _q("corners-at-rest", "transition",
       "A fit has corners at all samples. What does that say about the knots of the network?", 2,
       ("They have gathered at the samples.", "This reads neurons off the function. A lazy network "
        "with a large outer layer has such corners too."),
       ("A part of them has.", "This reads neurons off the function. None needs to have moved."),
       ("Nothing, by itself.", "Neurons that cannot move can still change their slopes, on one "
        "side of each sample alike."),
       because="The tangent kernel of the inner weights has a corner at every sample.",
       look="See the section on two questions."),
    _q("width-alone", "transition",
       "The laws of <i>r</i> and of &delta; in its unit &alpha;/<i>m</i> stay, and only the width "
       "grows. Does the network become lazy?", 0,
       ("No.", "Neither &alpha; nor the width is in the coordinates. A wide network samples its "
        "law better, that is all."),
       ("Yes: wide networks are lazy.", "This takes what usually comes with the width for the "
        "width: with &alpha; = &radic;<i>m</i> and fixed weights the sizes grow."),
       ("Only for &delta; &lt; 0.", "The sign of &delta; decides which motion is easy, not how "
        "much of it there is."),
       because="The flow depends on the law of the neurons, and on the width only by chance.",
       look="See the section on width."),
    _q("ten-times-data", "transition",
       "All data are multiplied by 10, and the start stays. Where does it go in the plane?", 1,
       ("Nowhere: the start has not changed.", "The place compares the neurons with what they have "
        "to learn, and that has changed."),
       ("Down.", "The neurons are smaller now, compared with the data."),
       ("To the left.", "The ratio of the layers does not know the data."),
       because="The first coordinate is <i>R</i>/|<i>y</i>|.",
       look="See the section on two coordinates."),
    _q("stands-still", "transition",
       "The loss is 0.3 and has not changed in the last hundredth of a run. Is the run stuck?", 2,
       ("Yes.", "A run may pause for long before its loss falls; a small start does."),
       ("No: given time every run fits.", "Some stay for ever at a fit with too few kinks."),
       ("One has to train on, or look at the gradient.", "Stuck, unfinished and waiting look alike "
        "for a while."),
       because="Only a loss that has not moved when the time is doubled, with a gradient of nearly "
       "zero, is stuck.",
       look="See the section on four ways to end."),
)


def question(name: str) -> Question:
    """The question of this name; a cell that ends in it shows it.  Raises ValueError for others."""
    for one in QUESTIONS:
        if one.name == name:
            return one
    names = ", ".join(one.name for one in QUESTIONS)
    raise ValueError(f"name: want one of {names}, got {name!r}")
