# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a file did not come, and what helps: one sentence each."""

from __future__ import annotations

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkReply

from ...inference.errors import GeoSiftError
from ..i18n import tr

_Error = QNetworkReply.NetworkError
_UNREACHABLE = (
    _Error.ConnectionRefusedError,
    _Error.HostNotFoundError,
    _Error.TemporaryNetworkFailureError,
    _Error.NetworkSessionFailedError,
    _Error.UnknownNetworkError,
)
_PROXY = (
    _Error.ProxyConnectionRefusedError,
    _Error.ProxyConnectionClosedError,
    _Error.ProxyNotFoundError,
    _Error.ProxyTimeoutError,
    _Error.ProxyAuthenticationRequiredError,
    _Error.UnknownProxyError,
)
_SILENT = (_Error.TimeoutError, _Error.OperationCanceledError)
"""Nobody cancelled: QGIS gives up on a server that is silent for as long as its options say."""


class FetchError(GeoSiftError, OSError):
    """A file or a model could not be fetched; says why in a sentence."""


class BrokenOff(FetchError):
    """The connection ended before the file did; what has come can be continued."""


class WrongContent(FetchError):
    """What comes is not the file the list describes: nothing of it is kept."""


class FetchCancelled(FetchError):
    """The user wanted no more."""


def explain(reply: QNetworkReply, status: int | None) -> FetchError:
    """What to raise for an answer that ended with an error; `status` is HTTP's, None of a file."""
    url, error = reply.url(), reply.error()
    if url.isLocalFile():
        words = tr("{0} cannot be read ({1}): check that it is there and may be read.")
        return FetchError(words.format(url.toLocalFile(), _reason(reply)))
    if status == 416:
        words = tr("{0} has less of {1} than came before: fetch it again.")
        return WrongContent(words.format(url.host(), url.toDisplayString()))
    if error in _UNREACHABLE:
        return FetchError(unreachable(url))
    if error in _SILENT:
        return BrokenOff(tr("{0} has been silent for too long.").format(url.host()))
    if error == _Error.RemoteHostClosedError:
        return BrokenOff(tr("{0} ended the connection too early.").format(url.host()))
    for errors, words in _sentences():
        if error in errors:
            return FetchError(words.format(url.host(), url.toDisplayString()))
    words = tr("{0} does not deliver {1} ({2}): try again later, or ask who keeps the list.")
    return FetchError(words.format(url.host(), url.toDisplayString(), _reason(reply)))


def unreachable(url: QUrl) -> str:
    """What to say without a network."""
    return tr(
        "{0} cannot be reached: check the network and the proxy in QGIS's options, or fetch the "
        "model's files elsewhere and import them here."
    ).format(url.host())


def _reason(reply: QNetworkReply) -> str:
    """What Qt says, in one line and without a full stop."""
    return " ".join(reply.errorString().split()).rstrip(".")


def _sentences() -> tuple[tuple[tuple[QNetworkReply.NetworkError, ...], str], ...]:
    """Errors and what to say of them; {0} is the server, {1} the address."""
    return (
        (
            (_Error.ContentNotFoundError, _Error.ContentGoneError),
            tr("{0} has no {1}: the list of models is out of date; ask who keeps it."),
        ),
        (
            (_Error.AuthenticationRequiredError, _Error.ContentAccessDenied),
            tr("{0} does not let {1} be fetched without a login: ask who keeps the list."),
        ),
        (
            _PROXY,
            tr(
                "The proxy does not let QGIS through to {0}: check its address, user and password "
                "in QGIS's options (Network)."
            ),
        ),
        (
            (_Error.SslHandshakeFailedError,),
            tr(
                "{0} answers with a certificate QGIS does not trust: have its authority added in "
                "QGIS's options (Authentication), or fetch the files elsewhere and import them."
            ),
        ),
        (
            (_Error.InsecureRedirectError, _Error.TooManyRedirectsError),
            tr("{0} leads from {1} to another address that is not safe: ask who keeps the list."),
        ),
        (
            (_Error.ProtocolUnknownError, _Error.ProtocolInvalidOperationError),
            tr("{1} is no address of a file: it begins with https://, http:// or file://."),
        ),
    )
