"""Who is in which voice channel.

Source: https://docs.discord.com/developers/resources/voice
"""

from dataclasses import dataclass


@dataclass(slots=True)
class VoiceState:
    """A member in a voice channel; what a moderator set lies with the member."""

    user_id: int
    channel_id: int
    session_id: str
    self_mute: bool = False
    self_deaf: bool = False
    self_video: bool = False
    suppress: bool = False
