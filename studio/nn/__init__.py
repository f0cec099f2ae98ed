"""What a family may build with: the sampler contract, codecs, blocks, a U-Net, embeddings and schedules."""

from studio.nn.autoencoder_phase import AutoencoderPhase
from studio.nn.causal import IMPOSSIBLE, CausalTransformer
from studio.nn.codec import (
    ContinuousImageCodec,
    TableCodec,
    TextCodec,
    TokenImageCodec,
    TokenTableCodec,
    by_length,
    make_codec,
    until_end,
)
from studio.nn.dit import DiT
from studio.nn.ema import AveragedModule
from studio.nn.embedding import LabelEmbedding, TimeEmbedding, hide_labels, sinusoids
from studio.nn.likelihood import discretised_logistic
from studio.nn.lr_schedule import warmup_cosine, warmup_linear
from studio.nn.masked import MaskedTransformer
from studio.nn.muon import muon_and_adamw
from studio.nn.posterior import PosteriorBound, normal_kl
from studio.nn.residual import Attention, Downsample, ResidualBlock, Upsample, conv, group_norm, halved, zero_init
from studio.nn.sample_distance import energy_coefficient, pair_distances, sample_distance
from studio.nn.sampler import Decoding, Program, Sampler, Stage, Transform, draw_inputs, run_program
from studio.nn.sequence_autoencoder import SequenceAutoencoder, SequenceCost
from studio.nn.sequence_sampler import (
    LikeliestSequence,
    RememberingTokenStep,
    SequenceBegin,
    SequenceEncode,
    SequenceLogWeight,
    sequence_decoder,
    sequence_sampler,
    sequence_state,
)
from studio.nn.token_sampler import (
    AllEnded,
    HearingTokenStep,
    TokenFinish,
    TokenInit,
    TokenLogits,
    TokenStep,
    agreeing,
    draw_token,
    token_inputs,
    token_state,
)
from studio.nn.transformer import CrossAttention, RMSNorm, SelfAttention, TransformerBlock, matrices_of, rotary_angles
from studio.nn.unet import UNet

__all__ = [
    "IMPOSSIBLE",
    "AllEnded",
    "Attention",
    "AutoencoderPhase",
    "AveragedModule",
    "CausalTransformer",
    "ContinuousImageCodec",
    "CrossAttention",
    "Decoding",
    "DiT",
    "Downsample",
    "HearingTokenStep",
    "LabelEmbedding",
    "LikeliestSequence",
    "MaskedTransformer",
    "PosteriorBound",
    "Program",
    "RMSNorm",
    "RememberingTokenStep",
    "ResidualBlock",
    "Sampler",
    "SelfAttention",
    "SequenceAutoencoder",
    "SequenceBegin",
    "SequenceCost",
    "SequenceEncode",
    "SequenceLogWeight",
    "Stage",
    "TableCodec",
    "TextCodec",
    "TimeEmbedding",
    "TokenFinish",
    "TokenImageCodec",
    "TokenInit",
    "TokenLogits",
    "TokenStep",
    "TokenTableCodec",
    "Transform",
    "TransformerBlock",
    "UNet",
    "Upsample",
    "agreeing",
    "by_length",
    "conv",
    "discretised_logistic",
    "draw_inputs",
    "draw_token",
    "energy_coefficient",
    "group_norm",
    "halved",
    "hide_labels",
    "make_codec",
    "matrices_of",
    "muon_and_adamw",
    "normal_kl",
    "pair_distances",
    "rotary_angles",
    "run_program",
    "sample_distance",
    "sequence_decoder",
    "sequence_sampler",
    "sequence_state",
    "sinusoids",
    "token_inputs",
    "token_state",
    "until_end",
    "warmup_cosine",
    "warmup_linear",
    "zero_init",
]
