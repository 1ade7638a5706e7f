"""A program of its own: reads a sanitised drawing, writes it as a PNG, and can neither run on nor grow.

It is started by `integrations.svg`; it fails rather than write anything else.
"""

import resource
import sys

MOST_MEMORY = 1536 * 1024 * 1024
CPU_SECONDS = 10
_PAGE = """#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%, height: 100%, fit: "contain")
"""


def main() -> None:
    """Paint what stands on the standard input; the arguments are width and height."""
    # The library is loaded within the limits.
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    import typst

    page = _PAGE.format(width=int(sys.argv[1]), height=int(sys.argv[2])).encode()
    drawing = sys.stdin.buffer.read().decode()
    made = typst.compile(page, format="png", ppi=72.0, sys_inputs={"drawing": drawing})
    if not isinstance(made, bytes):
        raise TypeError("A drawing is one page.")
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
