"""Every error raised on purpose, named after who must act.

The command line prints one of these as a single line and exits with 1, so each message names the file,
line or packet it is about and the mend.
"""


class AthenaError(Exception):
    """Base of every error that athena-sense raises on purpose."""


class ProfileError(AthenaError):
    """A firmware profile is wrong: its author must act."""


class PacketError(AthenaError):
    """A packet does not fit its profile: counted and kept, the stream goes on.

    The message carries the profile's name and the packet in hex.
    """


class SourceError(AthenaError):
    """A sensor, a link or a source name does not work: the user must act."""


class RecordingError(AthenaError):
    """A recording or another app's file cannot be read, or cannot carry what was asked of it."""


class ProgramError(AthenaError):
    """A program, or what was asked of it, is wrong: the coach must act."""


class StoreError(AthenaError):
    """What is kept in the user's data folder cannot be read or written."""


class CalibrationError(AthenaError):
    """A sensor cannot be calibrated from what it has shown: the user must move it otherwise."""


class ExerciseError(AthenaError):
    """An exercise or a sensor placement that does not exist was asked for."""
