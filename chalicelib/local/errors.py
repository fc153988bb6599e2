"""What a command says instead of doing what it was asked to: one line, without a trace."""

_STRANGE = {
    "AuthFailure", "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken",
    "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
}  # fmt: skip
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_FORBIDDEN = {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation"}
_NO_CREDENTIALS = (
    "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


class Refused(Exception):
    """The command cannot go on; its text is the one line that the person reads."""


def surroundings(error: Exception) -> str | None:
    """What is wrong around us (credentials, rights, network, a missing table), or None if it is our fault."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
    )

    cause = getattr(error, "cause", None) or error  # PynamoDB wraps what botocore says
    if isinstance(cause, ClientError):
        return _answered(cause.response["Error"].get("Code", ""), message_of(cause), cause.operation_name)
    if isinstance(cause, NoCredentialsError | PartialCredentialsError):
        return _NO_CREDENTIALS
    if isinstance(cause, BotoCoreError) and not isinstance(cause, ParamValidationError):
        return one_line(str(cause))
    return None


def missing(error: Exception) -> str | None:
    """Which of our places the settings name although it is not there, or None if it is not about that."""
    from chalicelib import wiring

    response = getattr(getattr(error, "cause", None) or error, "response", None) or {}
    match response.get("Error", {}).get("Code"):
        case "ResourceNotFoundException":
            return f"there is no table '{wiring.settings().table}' in {wiring.settings().region}"
        case "NoSuchBucket":
            return f"there is no bucket '{wiring.settings().bucket}' in {wiring.settings().region}"
    return None


def message_of(error: Exception) -> str:
    """What AWS says in an error, in one line."""
    response = getattr(error, "response", None) or {}
    return one_line(response.get("Error", {}).get("Message") or str(error))


def one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def _answered(code: str, message: str, operation: str) -> str | None:
    if code in _STRANGE:
        return f"AWS does not accept these credentials ({code})"
    if code in _EXPIRED:
        return f"these AWS credentials have expired ({code})"
    if code in _FORBIDDEN:
        return f"these AWS credentials do not allow {operation}: {message}"
    return None
