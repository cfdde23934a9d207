"""Every error that a caller can meet, as one tree.

TiengNoiError
├── CallerError                 the caller's fault: dropped, 4xx, never retried
│   ├── AudioError
│   │   ├── EmptyAudio          audio.empty           no samples
│   │   ├── UnreadableAudio     audio.unreadable      truncated, corrupt, or a header that lies
│   │   ├── UnsupportedAudio    audio.unsupported     not audio (text, zip, playlist) or an unknown codec
│   │   ├── AudioTooShort       audio.too_short
│   │   ├── AudioTooLong        audio.too_long
│   │   ├── AudioTooLarge       audio.too_large       bytes, before or after decoding
│   │   ├── BadSampleRate       audio.bad_rate
│   │   ├── BadChannels         audio.bad_channels
│   │   ├── NotFiniteAudio      audio.not_finite      NaN or Inf samples
│   │   ├── SilentAudio         audio.silent          nothing is louder than noise
│   │   ├── ClippedAudio        audio.clipped         too many samples at full scale
│   │   └── DecodeTimeout       audio.decode_timeout  decoding took longer than any honest file
│   ├── TextError
│   │   ├── EmptyText           text.empty
│   │   ├── NotUtf8             text.not_utf8
│   │   ├── TextTooLong         text.too_long         more than a model reads at once
│   │   └── BadAlphabet         text.alphabet         letters that no Vietnamese text has
│   ├── DataError
│   │   ├── BadManifest         manifest.bad_line     not JSON, or a field missing or of another type
│   │   ├── MissingAudio        manifest.audio_missing
│   │   ├── PathOutside         manifest.path_outside the file lies outside the corpus folder
│   │   ├── BadCorpus           corpus.layout         the folder does not look as its corpus should
│   │   ├── SpeakerConflict     corpus.speaker_conflict  one speaker name, two different people
│   │   ├── DuplicateAudio      corpus.duplicate_audio   the same bytes stand there already
│   │   ├── DuplicateId         corpus.duplicate_id      the same name stands there already
│   │   ├── BadSpeakingRate     corpus.speaking_rate     the text is too long or too short for the audio
│   │   ├── ChangedAudio        corpus.audio_changed     not the bytes that were imported
│   │   ├── EmptySplit          split.empty
│   │   └── LicenceForbids      data.licence_forbids  evaluation-only data asked for training
│   ├── ConfigError             config.invalid        unknown key, wrong type, impossible value
│   ├── RequestError
│   │   ├── MissingField        request.missing_field
│   │   ├── BadParameter        request.bad_parameter
│   │   ├── BodyTooLarge        request.too_large
│   │   ├── UnknownModel        request.unknown_model
│   │   ├── UnknownRoute        request.unknown_route
│   │   ├── BadMethod           request.bad_method
│   │   ├── UnsupportedBody     request.unsupported_body  a content type that the route does not read
│   │   ├── SlowRequest         request.too_slow      the body did not arrive in time
│   │   ├── BadPackage          request.bad_package   a serving package that is not whole, or not the one that was named
│   │   ├── BadToken            auth.invalid_token    no token, or another one
│   │   └── DoorClosed          auth.forbidden        a door for operators that no token was set for
│   ├── VectorError
│   │   ├── WrongDimension      vector.dimension      not as many numbers as the space has
│   │   ├── NotFiniteVector     vector.not_finite     NaN or Inf in a vector
│   │   └── BadVector           vector.invalid        sparse ids that repeat or do not pair with their weights
│   ├── SpaceError
│   │   ├── UnknownSpace        space.unknown
│   │   ├── SpaceExists         space.exists          another space has that name already
│   │   ├── BadSpace            space.invalid         a name or a dimension that no space may have
│   │   ├── ForeignSpace        space.foreign         vectors that another model or version made
│   │   └── MoveRunning         space.moving          a change of model is on its way already
│   ├── ScoreError              score.mismatch        references and hypotheses do not pair
│   └── GateRefused             gate.refused          a promotion that the gate did not allow
├── WorldError                  the world's fault: retried, 503
│   ├── Unavailable             world.unavailable     a server that does not answer
│   ├── Overloaded              world.overloaded      queues are full
│   ├── Busy                    world.busy            another process holds the lock
│   └── DiskFull                world.disk_full       nothing more can be written; what was written can be read
└── OurError                    our fault: alarm, 500
    ├── BrokenPackage           package.broken        a file is missing or its digest differs
    ├── GoldenMismatch          package.golden        the model does not answer as when it was packaged
    ├── ParityError             export.parity         the exported graph differs from its checkpoint
    ├── BrokenIndex             index.broken          the files of an index cannot be read
    ├── TrainingFailed          train.failed
    └── StepFailed              flow.step_failed      a step of a flow ended with an error
"""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Whose fault an error is; decides between drop, retry and alarm."""

    CALLER = "caller"
    WORLD = "world"
    OURS = "ours"


class TiengNoiError(Exception):
    """The root. `code` is stable; `detail` is for people; `pointer` names the offending field (JSON pointer)."""

    code = "internal"
    fault = Fault.OURS

    def __init__(self, detail: str = "", *, pointer: str | None = None) -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip())
        self.detail = detail or str(self)
        self.pointer = pointer

    def __reduce__(self):  # Errors cross process borders with their pointer.
        return _rebuild, (type(self), self.detail, self.pointer)


def _rebuild(kind: type[TiengNoiError], detail: str, pointer: str | None) -> TiengNoiError:
    return kind(detail, pointer=pointer)


class CallerError(TiengNoiError):
    """The request or the data is wrong."""

    code = "caller"
    fault = Fault.CALLER


class AudioError(CallerError):
    """The audio cannot be used."""

    code = "audio"


class EmptyAudio(AudioError):
    """The audio holds no samples."""

    code = "audio.empty"


class UnreadableAudio(AudioError):
    """The audio is truncated or corrupt, or its header lies."""

    code = "audio.unreadable"


class UnsupportedAudio(AudioError):
    """The file is no audio, or its codec is not known."""

    code = "audio.unsupported"


class AudioTooShort(AudioError):
    """The audio is shorter than anything that could be recognised."""

    code = "audio.too_short"


class AudioTooLong(AudioError):
    """The audio is longer than the limit."""

    code = "audio.too_long"


class AudioTooLarge(AudioError):
    """The audio takes more bytes than the limit."""

    code = "audio.too_large"


class BadSampleRate(AudioError):
    """The sample rate lies outside what speech is recorded with."""

    code = "audio.bad_rate"


class BadChannels(AudioError):
    """The number of channels is zero or too high."""

    code = "audio.bad_channels"


class NotFiniteAudio(AudioError):
    """The audio holds NaN or Inf samples."""

    code = "audio.not_finite"


class SilentAudio(AudioError):
    """Nothing in the audio is louder than noise."""

    code = "audio.silent"


class ClippedAudio(AudioError):
    """Too many samples stand at full scale."""

    code = "audio.clipped"


class DecodeTimeout(AudioError):
    """Decoding took longer than any honest file of that size."""

    code = "audio.decode_timeout"


class TextError(CallerError):
    """The text cannot be used."""

    code = "text"


class EmptyText(TextError):
    """Nothing is left of the text."""

    code = "text.empty"


class NotUtf8(TextError):
    """The bytes are not UTF-8."""

    code = "text.not_utf8"


class TextTooLong(TextError):
    """The text is longer than a model reads at once."""

    code = "text.too_long"


class BadAlphabet(TextError):
    """The text holds characters that no label may have."""

    code = "text.alphabet"


class DataError(CallerError):
    """A corpus or a dataset is wrong."""

    code = "data"


class BadManifest(DataError):
    """A manifest line is not JSON, or a field is missing or of another type."""

    code = "manifest.bad_line"


class MissingAudio(DataError):
    """A manifest names an audio file that is not there."""

    code = "manifest.audio_missing"


class PathOutside(DataError):
    """A manifest names a file outside the corpus folder."""

    code = "manifest.path_outside"


class BadCorpus(DataError):
    """The folder does not look as its corpus should."""

    code = "corpus.layout"


class SpeakerConflict(DataError):
    """One speaker name stands for two different people."""

    code = "corpus.speaker_conflict"


class DuplicateAudio(DataError):
    """The same audio stands in the corpus already."""

    code = "corpus.duplicate_audio"


class DuplicateId(DataError):
    """The same id stands in the corpus already."""

    code = "corpus.duplicate_id"


class BadSpeakingRate(DataError):
    """The text is too long or too short for the audio."""

    code = "corpus.speaking_rate"


class ChangedAudio(DataError):
    """The audio file is not the one that was imported; run the import again."""

    code = "corpus.audio_changed"


class EmptySplit(DataError):
    """A split that the configuration asks for got no utterance."""

    code = "split.empty"


class LicenceForbids(DataError):
    """The licence allows evaluation only."""

    code = "data.licence_forbids"


class ConfigError(CallerError):
    """A configuration has an unknown key, a wrong type or an impossible value."""

    code = "config.invalid"


class RequestError(CallerError):
    """A request is wrong."""

    code = "request"


class MissingField(RequestError):
    """A required field is missing."""

    code = "request.missing_field"


class BadParameter(RequestError):
    """A parameter has a value that is not allowed."""

    code = "request.bad_parameter"


class BodyTooLarge(RequestError):
    """The body is larger than the limit."""

    code = "request.too_large"


class UnknownModel(RequestError):
    """No model of that name is served here."""

    code = "request.unknown_model"


class UnknownRoute(RequestError):
    """Nothing is served at that path."""

    code = "request.unknown_route"


class BadMethod(RequestError):
    """The path does not take that method."""

    code = "request.bad_method"


class UnsupportedBody(RequestError):
    """The route does not read that content type."""

    code = "request.unsupported_body"


class SlowRequest(RequestError):
    """The body did not arrive in time."""

    code = "request.too_slow"


class BadPackage(RequestError):
    """The serving package is not whole, or not the one that was named."""

    code = "request.bad_package"


class BadToken(RequestError):
    """The request brings no token that is known here."""

    code = "auth.invalid_token"


class DoorClosed(RequestError):
    """No token was set for this door, so that nobody may enter."""

    code = "auth.forbidden"


class VectorError(CallerError):
    """A vector cannot be used."""

    code = "vector"


class WrongDimension(VectorError):
    """The vector has not as many numbers as its space."""

    code = "vector.dimension"


class NotFiniteVector(VectorError):
    """The vector holds NaN or Inf."""

    code = "vector.not_finite"


class BadVector(VectorError):
    """The ids of a sparse vector repeat, or do not pair with its weights."""

    code = "vector.invalid"


class SpaceError(CallerError):
    """A vector space cannot be used."""

    code = "space"


class UnknownSpace(SpaceError):
    """No space of that name exists."""

    code = "space.unknown"


class SpaceExists(SpaceError):
    """Another space has that name already."""

    code = "space.exists"


class BadSpace(SpaceError):
    """No space may have that name or dimension."""

    code = "space.invalid"


class ForeignSpace(SpaceError):
    """The vectors come from another model or version than those of the space."""

    code = "space.foreign"


class MoveRunning(SpaceError):
    """A change of model is on its way; another one has to wait, or that one to be stopped."""

    code = "space.moving"


class ScoreError(CallerError):
    """References and hypotheses do not pair."""

    code = "score.mismatch"


class GateRefused(CallerError):
    """The gate did not allow the promotion."""

    code = "gate.refused"


class WorldError(TiengNoiError):
    """Something outside failed; another try may succeed."""

    code = "world"
    fault = Fault.WORLD


class Unavailable(WorldError):
    """A server that is needed does not answer."""

    code = "world.unavailable"


class Overloaded(WorldError):
    """The queues are full."""

    code = "world.overloaded"


class Busy(WorldError):
    """Another process holds the lock."""

    code = "world.busy"


class DiskFull(WorldError):
    """Nothing more can be written to the disk; what was written before can still be read."""

    code = "world.disk_full"


class OurError(TiengNoiError):
    """We are wrong."""

    code = "ours"


class BrokenPackage(OurError):
    """A file of the serving package is missing or its digest differs."""

    code = "package.broken"


class GoldenMismatch(OurError):
    """The model does not answer as it did when it was packaged."""

    code = "package.golden"


class ParityError(OurError):
    """The exported graph differs from its checkpoint."""

    code = "export.parity"


class BrokenIndex(OurError):
    """The files of an index cannot be read."""

    code = "index.broken"


class TrainingFailed(OurError):
    """The training ended without a model."""

    code = "train.failed"


class StepFailed(OurError):
    """A step of a flow ended with an error."""

    code = "flow.step_failed"
