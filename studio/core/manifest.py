"""The inputs of an exported file, and the manifest that describes them to any reader."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.core.bounded import Count, Duration, Name, Shape, Text
from studio.core.errors import ModelError
from studio.core.modality import AnySpec, Column, Condition, DataSpec, read_spec
from studio.core.modality.column import named_columns

__all__ = [
    "MANIFEST_FORMAT",
    "MANIFEST_KEY",
    "TOKEN_OUTPUT",
    "Input",
    "Likelihood",
    "Manifest",
    "Parity",
    "given_input",
    "guidance_input",
    "item_noise_input",
    "items_input",
    "label_input",
    "latent_input",
    "noise_input",
    "scalar_input",
    "source_input",
    "steps_input",
    "temperature_input",
]

MANIFEST_KEY = "studio.manifest"
MANIFEST_FORMAT = 1
# Log p of every symbol at each place given what stands before it, float32 (N, L, V), in a file of log p.
TOKEN_OUTPUT = "token_log_prob"
_LARGEST_WHOLE = 2**63 - 1
_LARGEST = 3.4e38
_Number = (
    Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)] | Annotated[int, Field(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)]
)


class Input(BaseModel):
    """One input of an exported file.

    Attributes:
        name: Name in the graph.
        kind: ``noise`` is filled from the seed, ``label`` holds class numbers, ``scalar`` is one number for the whole
            request, ``given`` holds what is already known of an item, all of it free where nobody says otherwise,
            ``source`` is what an item is made from, such as the sentence to translate, ``value`` is given by the caller
            for every item.
        dtype: Type of its elements.
        shape: Shape of one item, without the batch axis; empty for a label or a scalar.
        distribution: How noise is distributed.
        default: Value when the person sets none.
        minimum: Smallest value allowed.
        maximum: Largest value allowed.
        help: One sentence for people.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    name: Name
    kind: Literal["noise", "label", "scalar", "given", "source", "value"]
    dtype: Literal["float32", "int64", "int16", "uint8"] = "float32"
    shape: Shape = ()
    distribution: Literal["normal", "uniform"] | None = None
    default: _Number | None = None
    minimum: _Number | None = None
    maximum: _Number | None = None
    help: Text = ""

    def check(self, value: float) -> float | int:
        """Check a number for a scalar or label input and return it in the input's type.

        Raises:
            ModelError: If it is out of bounds or not of the input's type.
        """
        whole = self.dtype != "float32"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ModelError(f"{self.name} = {value!r} is not a number.")
        if not abs(value) <= (_LARGEST_WHOLE if whole else _LARGEST):
            raise ModelError(f"{self.name} = {value} is not a number that the model can take.")
        if whole and value != int(value):
            raise ModelError(f"{self.name} = {value} must be a whole number.")
        low = "" if self.minimum is None else f"at least {self.minimum}"
        high = "" if self.maximum is None else f"at most {self.maximum}"
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise ModelError(f"{self.name} = {value} must be {' and '.join(part for part in (low, high) if part)}.")
        return int(value) if whole else float(value)


def noise_input(
    shape: tuple[int, ...], name: str = "noise", distribution: Literal["normal", "uniform"] = "normal"
) -> Input:
    """Noise for one item of the given shape; where there is one draw a step, the step is the first axis."""
    return Input(name=name, kind="noise", shape=shape, distribution=distribution, help="Filled from the seed.")


def label_input(num_classes: int) -> Input:
    """Class of each item, int64 (N,), -1 for none."""
    text = "Class of the sample; -1 for any."
    return Input(name="label", kind="label", dtype="int64", default=-1, minimum=-1, maximum=num_classes - 1, help=text)


def scalar_input(
    name: str,
    default: float,
    minimum: float | None = None,
    maximum: float | None = None,
    help: str = "",
    whole: bool = False,
) -> Input:
    """One number for the whole request, float32 or, when whole, int64."""
    dtype: Literal["int64", "float32"] = "int64" if whole else "float32"
    return Input(name=name, kind="scalar", dtype=dtype, default=default, minimum=minimum, maximum=maximum, help=help)


def steps_input(default: int, maximum: int = 1000) -> Input:
    """Number of solver steps."""
    return scalar_input("steps", default, 1, maximum, "Solver steps: more are slower and closer.", whole=True)


def guidance_input(default: float = 1.0, maximum: float = 20.0) -> Input:
    """Strength of classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598); 1 is none."""
    return scalar_input("guidance", default, 0.0, maximum, "How strongly the class is followed; 1 = as learned.")


def temperature_input(default: float = 1.0, maximum: float = 2.0) -> Input:
    """Scale of the noise; 0 gives the most typical sample, 1 the learned distribution."""
    return scalar_input("temperature", default, 0.0, maximum, "Scale of the noise: lower is safer, higher more varied.")


def given_input(
    spec: DataSpec, text: str = "Known values of the item, kept as they are; the others are free."
) -> Input:
    """What is known of each item: its values as stored where they are known.

    Where they are free it is -1, in int64, for whole numbers, and NaN, in float32, for real ones.
    """
    if spec.largest is None:
        return Input(name="given", kind="given", shape=spec.shape, help=text)
    bounds = {"default": -1, "minimum": -1, "maximum": spec.largest}
    return Input(name="given", kind="given", dtype="int64", shape=spec.shape, help=text, **bounds)


def source_input(spec: DataSpec) -> Input:
    """The source of each item, as stored, (N, *spec.source_shape); empty where nobody gives one."""
    bounds = {"default": spec.largest, "minimum": 0, "maximum": spec.largest}
    return Input(name="source", kind="source", dtype=spec.dtype, shape=spec.source_shape, **bounds)


def items_input(spec: DataSpec) -> Input:
    """Items as stored, which the caller gives: what an encoder or a likelihood takes."""
    return Input(name="items", kind="value", dtype=spec.dtype, shape=spec.shape)


def latent_input(shape: tuple[int, ...]) -> Input:
    """Latents, float32, which the caller gives: what a decoder takes."""
    return Input(name="latent", kind="value", shape=shape)


def item_noise_input(shape: tuple[int, ...]) -> Input:
    """The draw that says which item is meant, uniform in [0, 1), such as its binarisation.

    Who measures a likelihood draws it once for each item; other noise is drawn anew for each estimate.
    """
    return noise_input(shape, "noise.data", "uniform")


class Likelihood(BaseModel):
    """What the numbers of a file ``log_prob.onnx`` are.

    Attributes:
        kind: ``exact``, or ``bound`` on log p(x) from below, by draws of the noise (all but ``noise.data``).
        draws: What a draw of a bound is: ``weights``, the logarithm of an importance weight, whose log-mean-exp is the
            closer the more draws (Burda et al. 2016); or ``terms``, whose mean is the bound.
        protocol: What is modelled of an item, such as ``dynamically binarised``; numbers of one protocol compare.
        dims: Numbers in an item, for bits per dimension.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["exact", "bound"]
    draws: Literal["weights", "terms"] = "weights"
    protocol: str
    dims: int = Field(ge=1)


class Parity(BaseModel):
    """How closely an exported file follows torch.

    Attributes:
        max_abs: Largest absolute difference on the value before it becomes an item as stored.
        mean_abs: Mean absolute difference on it.
        differing: Share of the values of items that differ, 0 to 1; None where they are real numbers, or the output
            is no item.
        tolerance: Largest difference that passes.
        passed: Whether max_abs is at most the tolerance.
        count: Number of samples compared.
        provider: ONNX Runtime's execution provider that was compared.
        precision: Type of the weights.
        versions: Versions of the libraries that took part.
        sha256: Hash of the certified file, its own digits taken as zeros, in hexadecimal.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    max_abs: float
    mean_abs: float
    differing: float | None = None
    tolerance: float
    passed: bool
    count: int
    provider: str
    precision: str = "float32"
    versions: dict[str, str] = Field(default_factory=dict)
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$")


class Manifest(BaseModel):
    """What an exported file says of itself, as JSON under the metadata key ``studio.manifest``.

    ``token_log_prob`` says that the model's ``log_prob.onnx`` has the output ``TOKEN_OUTPUT``. ``edited`` alone is not
    its own word: whoever reads it says whether the file was changed after it was certified.
    """

    model_config = ConfigDict(extra="ignore", protected_namespaces=(), allow_inf_nan=False)

    format: int = MANIFEST_FORMAT
    role: Literal["sample", "encode", "decode", "log_prob"] = "sample"
    model: Name = ""
    family: Name = ""
    title: Name = ""
    modality: Name = "image"
    shape: Shape = ()
    condition: Condition = "none"
    classes: tuple[Name, ...] = ()
    columns: tuple[Column, ...] = ()
    class_column: Name = ""
    class_place: Count = 0
    tokenizer: Annotated[str, Field(max_length=2**23)] = ""
    source_length: Count = 0
    inputs: tuple[Input, ...]
    output: Name = "samples"
    dataset: Name = ""
    dataset_fingerprint: Name = ""
    split: dict[Name, Count] = Field(default_factory=dict)
    run: Name = ""
    step: Count = 0
    seconds: Duration = 0.0
    metrics: dict[Name, float] = Field(default_factory=dict)
    licence: Text = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    likelihood: Likelihood | None = None
    token_log_prob: bool = False
    parity: Parity | None = None
    edited: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read(cls, document: Any) -> Any:
        return named_columns(document)

    @property
    def spec(self) -> AnySpec | None:
        """What its items have in common; None where this studio knows no such items."""
        names = ("modality", "shape", "classes", "columns", "class_column", "class_place", "tokenizer", "source_length")
        fields = {name: getattr(self, name) for name in names}
        try:
            return read_spec(fields)
        except ValidationError:
            return None
