# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Configuration of sphinx-build for this directory.

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

project = 'virtio_crypto'
author = 'The virtio_crypto authors'
copyright = '2026 The virtio_crypto authors'

extensions = ['kerneldoc']
highlight_language = 'none'
# the sources are in the repository
html_copy_source = False
