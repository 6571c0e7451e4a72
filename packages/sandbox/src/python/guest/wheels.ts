/**
 * Unpacks wheels where Python looks for packages. Nothing in them is run: that is left to whoever imports them.
 */
export const WHEELS: string = String.raw`
def _vfs_wheels(paths):
    import os, site, sys, zipfile

    MOST_BYTES = 256 << 20
    target = site.getsitepackages()[0]

    def found(path):
        if not os.path.isdir(path):
            return [path]
        names = sorted(name for name in os.listdir(path) if name.endswith('.whl'))
        if not names:
            raise ValueError(f'there are no wheels in {path}')
        return [os.path.join(path, name) for name in names]

    def place(name):
        """Where a file of a wheel belongs; its programs and headers belong nowhere."""
        first, _, rest = name.partition('/')
        if not first.endswith('.data'):
            return name
        kind, _, rest = rest.partition('/')
        return rest if kind in ('purelib', 'platlib') else ''

    def unpack(path):
        name = os.path.basename(path)
        if not name.endswith('-none-any.whl'):
            raise ValueError(f'{name} is no pure wheel: compiled code cannot be loaded, only wheels that end with "-none-any.whl"')
        with zipfile.ZipFile(path) as wheel:
            members = wheel.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise ValueError(f'{name} is larger than {MOST_BYTES >> 20} MiB unpacked')
            for member in members:
                member.filename = place(member.filename)
                if member.filename and not member.is_dir():
                    wheel.extract(member, target)

    for path in paths:
        for one in found(path):
            unpack(one)
    sys.path_importer_cache.pop(target, None)
`;
