# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors

"""
A Sphinx directive that includes a DOC: comment of a source file::

    .. kernel-doc:: ../virtio_crypto_device.c
       :doc: Title of the comment

The comment is read by the kernel's own tool, kernel-doc.  The environment
variable KERNELDOC is its path: tools/docs/kernel-doc in the source of a kernel,
scripts/kernel-doc in older ones.
"""

import os
import re
import subprocess

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective, switch_source_input
from sphinx.util.nodes import nested_parse_with_titles


class KernelDoc(SphinxDirective):
    required_arguments = 1
    option_spec = {'doc': directives.unchanged_required}

    def run(self):
        title = self.options.get('doc')
        if not title:
            raise self.error('kernel-doc: the option :doc: is missing')
        path = self.env.relfn2path(self.arguments[0])[1]
        self.env.note_dependency(path)
        content = StringList()
        number = 0
        for line in self.read(path, title).splitlines():
            # the number of the next line in the source
            match = re.match(r'\.\. LINENO (\d+)$', line)
            if match:
                number = int(match[1]) - 1
            else:
                content.append(line, path, number)
                number += 1
        node = nodes.Element()
        # messages name the line in the source
        with switch_source_input(self.state, content):
            nested_parse_with_titles(self.state, content, node)
        return node.children

    def read(self, path, title):
        """Returns what kernel-doc makes of the comment, as reStructuredText."""
        tool = os.environ.get('KERNELDOC', '')
        if not os.path.isfile(tool):
            raise self.error(f'kernel-doc: the environment variable KERNELDOC is {tool!r}; it has '
                             'to be the path of tools/docs/kernel-doc in a kernel source tree')
        if not os.path.isfile(path):
            raise self.error(f'kernel-doc: no such file: {path}')
        command = [tool, '-rst', '-enable-lineno', '-function', title, path]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode or not result.stdout.strip():
            raise self.error(f'kernel-doc: no comment "DOC: {title}" in {path}\n{result.stderr}')
        return result.stdout


def setup(app):
    app.add_directive('kernel-doc', KernelDoc)
    return {'version': '1', 'parallel_read_safe': True, 'parallel_write_safe': True}
