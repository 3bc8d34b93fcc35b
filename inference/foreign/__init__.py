# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that others made: what their files say, whether they may be run, and cards for them.

`reading.card_of` makes the card of any file, of what `mlm`, `deepness` and `ultralytics`
understand; `bare` asks what nobody wrote down; `building` makes cards of `Answers`.
`guard.require_safe` looks at a file with the reader of `proto`, before anything runs it;
`troubles` says what onnxruntime means. Nothing is imported here: listing models stays quick.
"""
