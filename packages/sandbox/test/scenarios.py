"""What programs do with files, told by what they print: the same in a session as on the kernel's own files, to the byte.

Nothing is told that differs from one machine to another: no numbers of errors and files, no texts of errors, no times of
now. Each scenario runs in an empty folder, which is the current one.
"""

import contextlib, errno, io, os, stat, sys

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def told(action, *args, **kwargs):
    """What comes of a call: its result, or the error by its name."""
    try:
        return action(*args, **kwargs)
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno, error.errno)}"
    except Exception as error:
        return type(error).__name__


def put(path, content):
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        return file.write(content)


def get(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def tree(top="."):
    """All there is, with what can be said of it on every machine."""
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
            path = os.path.join(folder, name)
            at = os.lstat(path)
            print(path, stat.filemode(at.st_mode), at.st_nlink, at.st_size, os.readlink(path) if os.path.islink(path) else "")
        print(folder, stat.filemode(os.lstat(folder).st_mode))


# --- opening, reading and writing


@scenario
def modes_of_open():
    for mode in ("r", "w", "a", "x", "r+", "w+", "a+", "x+", "rb", "wb", "ab", "xb", "rw", "U", ""):
        for exists in (False, True):
            if exists:
                put("f", "content")
            file = told(open, "f", mode)
            print(mode, exists, file if isinstance(file, str) else (file.mode, file.readable(), file.writable(), file.tell()))
            if not isinstance(file, str):
                file.close()
            print(told(get, "f"))
            told(os.remove, "f")


@scenario
def flags_of_os_open():
    for flags in (0, os.O_CREAT, os.O_CREAT | os.O_EXCL, os.O_TRUNC, os.O_CREAT | os.O_TRUNC):
        for how in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
            for exists in (False, True):
                if exists:
                    put("f", "content")
                fd = told(os.open, "f", flags | how)
                if isinstance(fd, int):
                    print(told(os.read, fd, 3), told(os.write, fd, b"xy"), os.lseek(fd, 0, 1))
                    os.close(fd)
                else:
                    print(fd)
                print(told(get, "f"))
                told(os.remove, "f")


@scenario
def reading_by_pieces():
    put("f", "one\ntwo\r\nthree\rfour")
    for newline in (None, "", "\n", "\r", "\r\n"):
        with open("f", newline=newline) as file:
            print(repr(newline), list(file), repr(file.newlines))
    with open("f") as file:
        print(file.read(2), file.readline(), file.readlines(3), file.read(), repr(file.read()))
    with open("f", "rb") as file:
        print(file.read1(4), file.peek(2)[:2], file.readline(), file.readinto(bytearray(3)), file.tell())


@scenario
def writing_texts():
    for newline in (None, "", "\n", "\r\n"):
        with open("f", "w", newline=newline) as file:
            print(file.write("a\nb\r\n"), file.writelines(["c\n", "d"]))
        print(get("f", "rb"))


@scenario
def encodings():
    for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp1252"):
        with open("f", "w", encoding=encoding) as file:
            file.write("grüße €"[:5] if encoding == "latin-1" else "grüße €")
        print(encoding, get("f", "rb"), open("f", encoding=encoding).read())
    put("f", b"\xff\xfe\x80a")
    for errors in ("strict", "ignore", "replace", "surrogateescape", "backslashreplace"):
        print(errors, ascii(told(lambda: open("f", encoding="utf-8", errors=errors).read())))


@scenario
def seeking():
    with open("f", "wb+") as file:
        file.write(bytes(range(20)))
        for offset, whence in ((5, 0), (3, 1), (-4, 2), (0, 2), (100, 0), (-1, 0), (-200, 1)):
            print(told(file.seek, offset, whence), file.tell(), file.read(2))
    with open("f") as file:
        print(told(file.seek, 3, 1), told(file.seek, -1, 2), file.seek(0, 2))


@scenario
def holes():
    with open("f", "wb") as file:
        print(file.seek(10), file.write(b"x"), file.seek(20), file.truncate(), file.tell())
    print(get("f", "rb"), os.path.getsize("f"))


@scenario
def truncating():
    put("f", "0123456789")
    for size in (5, 8, 0, 3, -1):
        print(told(os.truncate, "f", size), get("f", "rb"))
    with open("f", "r+b") as file:
        print(file.read(1), file.truncate(2), file.tell(), file.write(b"zz"), file.truncate())
    print(get("f", "rb"))
    print(told(os.truncate, "none", 1), told(os.truncate, ".", 1))


@scenario
def appending():
    put("f", "start ")
    with open("f", "a+") as file:
        print(file.tell(), file.read(), file.seek(0), file.read(3), file.write("more"), file.seek(2), file.write("!"))
    print(get("f"))
    fd = os.open("f", os.O_WRONLY | os.O_APPEND)
    print(os.lseek(fd, 0, 0), os.write(fd, b"+"), os.lseek(fd, 0, 1), get("f"))
    os.close(fd)


@scenario
def two_that_append():
    with open("f", "a", buffering=1) as one, open("f", "a", buffering=1) as two:
        for i in range(5):
            one.write(f"one {i}\n")
            two.write(f"two {i}\n")
    print(get("f"))


@scenario
def at_a_position():
    fd = os.open("f", os.O_RDWR | os.O_CREAT, 0o600)
    print(os.pwrite(fd, b"abcdef", 2), os.pread(fd, 3, 1), os.lseek(fd, 0, 1), os.pread(fd, 10, 100), told(os.pread, fd, 1, -1))
    print(os.writev(fd, [b"12", b"3"]), os.lseek(fd, 0, 0), os.readv(fd, [bytearray(2), bytearray(4)]), get("f", "rb"))
    os.close(fd)
    print(told(os.pread, fd, 1, 0), told(os.close, fd))


@scenario
def buffers():
    file = open("f", "w", buffering=10)
    file.write("short")
    print(os.path.getsize("f"))
    file.write("x" * 20000)
    print(os.path.getsize("f") > 0)
    file.flush()
    print(os.path.getsize("f"))
    file.close()
    print(told(file.write, "x"), file.closed, told(open, "f", "r", 0))
    with open("f", "wb", buffering=0) as raw:
        print(raw.write(b"at once"), os.path.getsize("f"))


@scenario
def wrong_directions():
    put("f", "x")
    with open("f") as file:
        print(told(file.write, "y"), told(file.truncate, 0))
    with open("f", "a") as file:
        print(told(file.read))
    fd = os.open("f", os.O_RDONLY)
    print(told(os.write, fd, b"x"), told(os.ftruncate, fd, 0))
    os.close(fd)
    fd = os.open("f", os.O_WRONLY)
    print(told(os.read, fd, 1))
    os.close(fd)


@scenario
def a_descriptor_twice():
    put("f", "abcdef")
    fd = os.open("f", os.O_RDWR)
    other = os.dup(fd)
    print(os.read(fd, 2), os.read(other, 2), os.lseek(fd, 0, 1), os.lseek(other, 1, 0), os.read(fd, 1))
    os.close(fd)
    print(os.read(other, 9), told(os.read, fd, 1))
    third = os.open("f", os.O_RDONLY)
    os.dup2(other, third)
    print(os.lseek(third, 0, 1), os.fstat(third).st_size)
    os.close(other)
    os.close(third)


@scenario
def fdopen_and_closefd():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    with os.fdopen(fd, "w+", closefd=False) as file:
        file.write("text")
    print(os.lseek(fd, 0, 0), os.read(fd, 9))
    with open(fd, "rb") as file:
        print(file.name == fd, file.read())
    print(told(os.fstat, fd))


@scenario
def openers():
    def opener(path, flags):
        print(path, bool(flags & os.O_CREAT))
        return os.open(path + ".real", flags, 0o640)

    with open("f", "w", opener=opener) as file:
        file.write("x")
    tree()


@scenario
def odd_arguments_of_open():
    for path in ("", ".", "..", "none/f", "a\0b", "x" * 255, "x" * 256, b"bytes", 1.5, None):
        result = told(open, path, "w")
        print(str(path)[:10], result if isinstance(result, str) else "opened")
        if not isinstance(result, str):
            result.close()
    print(sorted(os.listdir(".")) == ["bytes", "x" * 255])


@scenario
def names_as_they_come():
    names = ["a b", "a'b", 'a"b', "a\\b", "a\nb", "a\tb", "*", "?", "-x", "~", ".hidden", "é", "e\u0301", "日本", "😀", "a" * 200, " ", "...", "%41", "#"]
    for name in names:
        put(name, name)
    print(ascii(sorted(os.listdir("."))), all(get(name) == name for name in names), len(os.listdir(".")))
    print(ascii(sorted(os.listdir(b"."))[:3]))


@scenario
def case_matters():
    put("File", "1")
    put("file", "2")
    print(sorted(os.listdir(".")), get("File"), told(get, "FILE"))


# --- stat


@scenario
def stats():
    put("f", "12345")
    os.mkdir("d")
    os.symlink("f", "l")
    for path in ("f", "d", "l"):
        for at in (os.stat(path), os.lstat(path)):
            print(path, stat.filemode(at.st_mode), None if stat.S_ISDIR(at.st_mode) else (at.st_size, at.st_nlink))
    print(told(os.stat, "none"), told(os.stat, "f/x"), told(os.stat, "d/none/x"), told(os.lstat, ""))
    print(os.stat("f").st_ino == os.stat("l").st_ino, os.lstat("l").st_ino == os.stat("l").st_ino, os.path.samefile("f", "l"))


@scenario
def numbers_of_files_stay():
    put("f", "1")
    before = os.stat("f").st_ino
    put("f", "other")
    os.rename("f", "g")
    with open("g", "a") as file:
        print(os.stat("g").st_ino == before, os.fstat(file.fileno()).st_ino == before)
    put("h", "2")
    print(os.stat("h").st_ino != before)


@scenario
def times_are_set():
    put("f", "x")
    for times in ((1, 2), (1e9, 1.5e9), (0, 0), (4102444800, 4102444801)):
        os.utime("f", times)
        at = os.stat("f")
        print(at.st_atime, at.st_mtime, at.st_mtime_ns, os.path.getmtime("f"), os.path.getatime("f"))
    os.utime("f", ns=(1_500_000_000_123_000_000, 1_600_000_000_456_000_000))
    print(os.stat("f").st_atime_ns, os.stat("f").st_mtime_ns)
    os.utime(".", (5, 6))
    print(os.stat(".").st_mtime, told(os.utime, "none", (1, 1)), told(os.utime, "f", (1,)))


@scenario
def times_change_with_the_content():
    put("f", "x")
    os.mkdir("d")
    os.utime("f", (1000, 1000))
    os.utime("d", (1000, 1000))
    get("f")
    print(os.stat("f").st_mtime)
    os.chmod("f", 0o600)
    print(os.stat("f").st_mtime, os.stat("f").st_ctime > 1000)
    put("f", "y")
    print(os.stat("f").st_mtime > 1000)
    put("d/x", "")
    print(os.stat("d").st_mtime > 1000)
    os.utime("d", (1000, 1000))
    put("d/x", "content")
    print(os.stat("d").st_mtime)
    os.remove("d/x")
    print(os.stat("d").st_mtime > 1000)


@scenario
def times_of_links():
    put("f", "x")
    os.symlink("f", "l")
    os.utime("f", (10, 10))
    before = os.lstat("l").st_mtime
    os.utime("l", (30, 30))
    print(os.stat("f").st_mtime, os.lstat("l").st_mtime == before)


@scenario
def permission_bits():
    for mode in (0o600, 0o640, 0o755, 0o400, 0o777, 0o4755, 0o1777):
        put("f", "x")
        os.chmod("f", mode)
        print(oct(stat.S_IMODE(os.stat("f").st_mode)), stat.filemode(os.stat("f").st_mode))
        os.remove("f")
    for mode in (0o777, 0o700, 0o770):
        os.mkdir("d", mode)
        print(oct(stat.S_IMODE(os.stat("d").st_mode)))
        os.rmdir("d")
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, mode))
        print(oct(stat.S_IMODE(os.stat("f").st_mode)))
        os.remove("f")


@scenario
def umasks():
    before = os.umask(0o077)
    put("f", "x")
    os.mkdir("d")
    print(oct(before), stat.filemode(os.stat("f").st_mode), stat.filemode(os.stat("d").st_mode), oct(os.umask(before)))


@scenario
def by_descriptor():
    put("f", "x")
    with open("f", "r+") as file:
        fd = file.fileno()
        os.fchmod(fd, 0o600)
        os.utime(fd, (7, 8))
        os.ftruncate(fd, 5)
        at = os.fstat(fd)
        print(stat.filemode(at.st_mode), at.st_atime, at.st_size, stat.S_ISREG(at.st_mode), file.isatty(), os.fsync(fd), os.fdatasync(fd))
    print(get("f", "rb"))


@scenario
def access():
    put("f", "x")
    print([os.access("f", how) for how in (os.F_OK, os.R_OK, os.W_OK)], os.access("none", os.F_OK), os.access(".", os.W_OK | os.X_OK))
    os.chmod("f", 0o755)
    print(os.access("f", os.X_OK))


@scenario
def os_path():
    put("f", "x")
    os.mkdir("d")
    os.symlink("none", "broken")
    os.symlink("d", "to-d")
    for path in ("f", "d", "broken", "to-d", "none", "f/x", "d/../f", "./d//", ""):
        print(path, os.path.exists(path), os.path.lexists(path), os.path.isfile(path), os.path.isdir(path), os.path.islink(path), os.path.ismount(path))
    here = os.getcwd()
    print(os.path.relpath(os.path.realpath("to-d/../f"), here), os.path.relpath(os.path.abspath("to-d/../f"), here))
    print(os.path.relpath(os.path.realpath("broken"), here), told(lambda: os.path.relpath(os.path.realpath("broken", strict=True), here)))


# --- folders


@scenario
def making_folders():
    print(os.mkdir("a"), told(os.mkdir, "a"), told(os.mkdir, "none/b"), told(os.makedirs, "x/y/z"), told(os.makedirs, "x/y/z"))
    print(os.makedirs("x/y/z", exist_ok=True), put("f", "1"), told(os.mkdir, "f"), told(os.mkdir, "f/d"), told(os.makedirs, "f/d"))
    print(told(os.mkdir, "."), told(os.mkdir, "a/"), told(os.mkdir, "new/"))
    tree()


@scenario
def removing_folders():
    os.makedirs("a/b/c")
    put("a/f", "x")
    print(told(os.rmdir, "a"), told(os.rmdir, "a/f"), told(os.rmdir, "none"), told(os.remove, "a/b/c"), os.rmdir("a/b/c"))
    print(told(os.removedirs, "a/b"), told(os.rmdir, "."))
    os.makedirs("x/y/z")
    print(os.removedirs("x/y/z"))
    tree()


@scenario
def listing():
    for name in ("b", "a", "c.txt", ".hidden"):
        put(name, "")
    os.mkdir("d")
    print(sorted(os.listdir()), sorted(os.listdir("d")), told(os.listdir, "a"), told(os.listdir, "none"))
    fd = os.open(".", os.O_RDONLY)
    print(stat.S_ISDIR(os.fstat(fd).st_mode), told(os.read, fd, 1))
    os.close(fd)


@scenario
def scandir():
    put("f", "12")
    os.mkdir("d")
    os.symlink("f", "l")
    os.symlink("none", "broken")
    os.symlink("d", "to-d")
    with os.scandir() as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            size = told(lambda: entry.stat().st_size) if not entry.is_dir() else None
            print(entry.name, entry.path, entry.is_file(), entry.is_dir(), entry.is_symlink(), entry.is_file(follow_symlinks=False), entry.is_dir(follow_symlinks=False), size, entry.inode() == os.lstat(entry.name).st_ino)
    print(told(os.scandir, "none"), told(os.scandir, "f"))


@scenario
def walking():
    os.makedirs("a/b")
    os.makedirs("c")
    put("a/f", "")
    put("a/b/g", "")
    os.symlink("a", "l")
    for topdown in (True, False):
        for followlinks in (False, True):
            walked = [(folder, sorted(folders), sorted(files)) for folder, folders, files in os.walk(".", topdown, followlinks=followlinks)]
            print(topdown, followlinks, sorted(walked))
    seen = []
    for folder, folders, files in os.walk("."):
        folders[:] = [f for f in sorted(folders) if f != "b"]
        seen.append(folder)
    print(seen, list(os.walk("none")))


@scenario
def globbing():
    import fnmatch, glob

    os.makedirs("a/b/c")
    for path in ("x.py", "a/y.py", "a/b/z.py", "a/b/c/.h.py", "a/[x].txt", "a/1.txt"):
        put(path, "")
    for pattern in ("*.py", "**/*.py", "a/*", "a/[0-9].txt", "a/[[]x].txt", "*/", "none*", "a/?.txt", "**", "**/"):
        print(pattern, sorted(glob.glob(pattern, recursive=True)))
    print(sorted(glob.iglob("*", root_dir="a")), fnmatch.filter(sorted(os.listdir("a")), "*.txt"))


@scenario
def a_large_folder():
    for i in range(300):
        put(f"f{i:03}", str(i))
    print(len(os.listdir()), sorted(os.listdir())[::50], sum(int(get(e.path)) for e in os.scandir()), sum(e.stat().st_size for e in os.scandir()))


@scenario
def removing_while_listing():
    for i in range(50):
        put(f"f{i}", "")
    for entry in os.scandir():
        os.remove(entry.path)
    print(os.listdir())


@scenario
def the_current_folder():
    start = os.getcwd()
    os.makedirs("a/b")
    os.chdir("a/b")
    put("f", "x")
    print(os.path.relpath(os.getcwd(), start), told(os.chdir, "none"), told(os.chdir, "f"), sorted(os.listdir("..")), get("../b/f"))
    os.chdir("..")
    os.rename("b", "c")
    print(get("c/f"))
    os.chdir(start)
    tree()


@scenario
def a_current_folder_by_descriptor():
    start = os.getcwd()
    os.makedirs("a")
    fd = os.open("a", os.O_RDONLY)
    os.fchdir(fd)
    print(os.path.relpath(os.getcwd(), start))
    os.chdir(start)
    os.close(fd)


# --- names


@scenario
def renaming_files():
    put("a", "1")
    put("b", "2")
    print(os.rename("a", "c"), os.replace("c", "b"), get("b"), told(os.rename, "none", "x"), told(os.rename, "b", "none/x"), os.rename("b", "b"))
    os.mkdir("d")
    print(told(os.rename, "b", "d"), told(os.rename, "d", "b"), told(os.rename, "b", "d/b"), told(os.renames, "d/b", "x/y/z"))
    tree()


@scenario
def renaming_folders():
    os.makedirs("a/b")
    os.makedirs("c/full")
    os.mkdir("empty")
    put("a/b/f", "1")
    print(told(os.rename, "a", "a/b/x"), told(os.rename, "a", "c"), told(os.rename, "a", "empty"), told(os.rename, "empty", "empty"))
    print(os.rename("empty", "e"), told(os.rename, "e", "."), told(os.rename, ".", "e"))
    tree()


@scenario
def hard_links():
    put("f", "1")
    print(os.link("f", "g"), os.stat("f").st_nlink, os.path.samefile("f", "g"), told(os.link, "f", "g"), told(os.link, "none", "x"), told(os.link, ".", "x"))
    put("g", "changed")
    print(get("f"), os.remove("f"), get("g"), os.stat("g").st_nlink)
    os.link("g", "h")
    print(os.rename("g", "h"), sorted(os.listdir()))


@scenario
def symbolic_links():
    os.makedirs("d/e")
    put("d/f", "x")
    for target, name in (("d/f", "l"), ("d", "to-d"), ("../d/f", "d/up"), ("none", "broken"), ("loop", "loop"), ("b2", "b1"), ("b1", "b2"), (os.path.abspath("d/f"), "far")):
        os.symlink(target, name)
    for name in ("l", "to-d/f", "d/up", "broken", "loop", "b1", "far", "to-d/up", "to-d/e/../f"):
        target = told(os.readlink, name)
        print(name, told(get, name), os.path.relpath(target) if target.startswith("/") else target)
    os.remove("far")
    print(told(os.symlink, "x", "l"), told(os.readlink, "d"), told(os.readlink, "none"), told(os.listdir, "to-d/e"))
    tree()


@scenario
def through_symbolic_links():
    put("f", "old")
    os.symlink("f", "l")
    os.symlink("new", "dangling")
    put("l", "by the link")
    print(get("f"), told(put, "dangling", "made"), get("new"), told(open, "dangling", "x"))
    os.chmod("l", 0o600)
    print(stat.filemode(os.stat("f").st_mode), os.remove("l"), os.path.exists("f"))
    os.mkdir("d")
    os.symlink("d", "to-d")
    print(told(os.rmdir, "to-d"), told(os.rename, "to-d", "moved"), os.readlink("moved"), told(os.mkdir, "moved"), put("moved/x", "1"), told(os.open, "moved", os.O_RDONLY | os.O_NOFOLLOW))
    tree()


@scenario
def long_chains_of_links():
    put("f0", "end")
    for i in range(1, 39):
        os.symlink(f"f{i - 1}", f"f{i}")
    print(get("f38"), os.path.relpath(os.path.realpath("f38")))
    for i in range(39, 45):
        os.symlink(f"f{i - 1}", f"f{i}")
    print(told(get, "f44"))


@scenario
def removing_files():
    put("f", "1")
    print(os.remove("f"), told(os.remove, "f"), told(os.unlink, "none/x"))
    put("f", "1")
    print(told(os.remove, "f/"), told(os.remove, "f/x"), told(open, "f/"), os.unlink("f"))


@scenario
def removed_while_open():
    file = open("f", "w+")
    file.write("kept")
    file.flush()
    os.remove("f")
    print(os.path.exists("f"), os.fstat(file.fileno()).st_nlink, file.seek(0), file.read(), file.write("!"), file.flush(), os.fstat(file.fileno()).st_size)
    put("f", "another")
    file.seek(0)
    print(file.read(), get("f"))
    file.close()


@scenario
def renamed_while_open():
    with open("f", "w+") as file:
        file.write("one")
        file.flush()
        os.rename("f", "g")
        file.write(" two")
        put("f", "other")
    print(get("g"), get("f"))
    with open("g", "r+") as file:
        os.replace("f", "g")
        print(file.read(), get("g"), os.fstat(file.fileno()).st_nlink)


@scenario
def a_folder_moves_with_what_is_open():
    os.makedirs("a/b")
    with open("a/b/f", "w") as file:
        os.rename("a", "z")
        file.write("x")
    print(get("z/b/f"))


@scenario
def seen_by_another_descriptor():
    with open("f", "wb", buffering=0) as one, open("f", "rb", buffering=0) as two:
        print(two.read(), one.write(b"abc"), two.read(), one.truncate(1), two.seek(0), two.read(), os.fstat(two.fileno()).st_size)


@scenario
def atomic_replacing():
    import tempfile

    put("f", "old")
    reader = open("f")
    fd, name = tempfile.mkstemp(dir=".")
    with os.fdopen(fd, "w") as file:
        file.write("new")
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, "f")
    print(reader.read(), get("f"), os.listdir(), stat.filemode(os.stat("f").st_mode))
    reader.close()


# --- the library


@scenario
def shutil_copies():
    import shutil

    os.makedirs("a/b")
    put("a/f", "1")
    put("a/b/g", "22")
    os.symlink("f", "a/l")
    os.chmod("a/f", 0o640)
    os.utime("a/f", (100, 200))
    print(shutil.copy("a/f", "copy"), shutil.copy2("a/f", "copy2"), shutil.copyfile("a/f", "copyfile"), told(shutil.copyfile, "a/f", "a/f"), told(shutil.copy, "none", "x"), shutil.copy("a/f", "a/b"))
    print([(stat.filemode(os.stat(name).st_mode), os.stat(name).st_mtime == 200) for name in ("copy", "copy2", "copyfile")])
    print(shutil.copytree("a", "t"), shutil.copytree("a", "s", symlinks=True), told(shutil.copytree, "a", "t"), shutil.copytree("a", "t", dirs_exist_ok=True))
    print(shutil.copytree("a", "u", ignore=shutil.ignore_patterns("g", "l")))
    tree()


@scenario
def shutil_moves_and_removes():
    import shutil

    os.makedirs("a/b/c")
    put("a/b/f", "1")
    os.mkdir("d")
    print(shutil.move("a/b", "d"), shutil.move("d/b/f", "g"), told(shutil.move, "none", "x"), told(shutil.rmtree, "none"), shutil.rmtree("none", ignore_errors=True))
    os.symlink("d", "l")
    print(told(shutil.rmtree, "l"), shutil.rmtree("d"), told(shutil.rmtree, "g"))
    tree()


@scenario
def archives():
    import shutil

    os.makedirs("src/sub")
    put("src/a.txt", "a" * 1000)
    put("src/sub/b.bin", bytes(range(256)))
    for kind in ("zip", "tar", "gztar", "bztar", "xztar"):
        name = shutil.make_archive("archive", kind, "src")
        shutil.unpack_archive(name, f"out-{kind}")
        print(os.path.basename(name), sorted(os.listdir(f"out-{kind}")), get(f"out-{kind}/sub/b.bin", "rb") == bytes(range(256)))


@scenario
def zip_files():
    import zipfile

    put("in.txt", "text " * 100)
    os.utime("in.txt", (1_000_000_000, 1_000_000_000))
    with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.write("in.txt")
        z.writestr(zipfile.ZipInfo("dir/made.txt"), "made")
    with zipfile.ZipFile("z.zip", "a") as z:
        z.writestr(zipfile.ZipInfo("late.txt"), "late")
    with zipfile.ZipFile("z.zip") as z:
        print(z.namelist(), z.testzip(), z.read("dir/made.txt"), z.getinfo("in.txt").file_size)
        z.extractall("out")
    put("bad.zip", "no zip")
    print(told(zipfile.ZipFile, "bad.zip"), zipfile.is_zipfile("z.zip"), zipfile.is_zipfile("bad.zip"), get("out/in.txt") == get("in.txt"))


@scenario
def tar_files():
    import tarfile

    os.mkdir("d")
    put("d/f", "1234")
    os.symlink("f", "d/l")
    os.link("d/f", "d/h")
    with tarfile.open("t.tar.gz", "w:gz") as t:
        t.add("d")
    with tarfile.open("t.tar.gz") as t:
        print(sorted((m.name, m.type, m.size, m.linkname, oct(m.mode)) for m in t.getmembers()) != [], sorted(t.getnames()))
        t.extractall("out", filter="data")
    tree("out")


@scenario
def compressed_files():
    import bz2, gzip, lzma

    for module, name in ((gzip, "f.gz"), (bz2, "f.bz2"), (lzma, "f.xz")):
        with module.open(name, "wt") as file:
            for i in range(1000):
                file.write(f"line {i}\n")
        with module.open(name, "at") as file:
            file.write("end\n")
        with module.open(name, "rt") as file:
            print(name, file.readline(), len(file.read()), os.path.getsize(name) < 9000)
        put(name, b"broken")
        print(told(lambda: module.open(name).read()))


@scenario
def temporary_files():
    import tempfile

    with tempfile.TemporaryDirectory(dir=".") as folder:
        put(folder + "/f", "x")
        print(os.listdir(folder), stat.filemode(os.stat(folder).st_mode))
    print(os.listdir())
    with tempfile.NamedTemporaryFile("w+", dir=".", suffix=".txt", prefix="pre-") as file:
        file.write("text")
        file.flush()
        name = os.path.basename(file.name)
        print(name.startswith("pre-"), name.endswith(".txt"), get(file.name), stat.filemode(os.stat(file.name).st_mode))
    print(os.listdir())
    with tempfile.TemporaryFile(dir=".") as file:
        print(file.write(b"x"), file.seek(0), file.read(), os.listdir())
    with tempfile.SpooledTemporaryFile(max_size=10, dir=".") as file:
        print(file.write(b"x" * 20), file.seek(0), len(file.read()))


@scenario
def pathlib_reads_and_writes():
    from pathlib import Path

    here = Path(".")
    print((here / "f.txt").write_text("grüße", encoding="utf-8"), (here / "f.txt").read_text(encoding="utf-8"), (here / "b").write_bytes(b"\0\1"), (here / "b").read_bytes())
    path = here / "a" / "b"
    print(path.mkdir(parents=True), told(path.mkdir), path.mkdir(exist_ok=True), (path / "x.tar.gz").touch(), told((path / "x.tar.gz").touch, exist_ok=False))
    x = path / "x.tar.gz"
    print(x.suffix, x.suffixes, x.stem, x.with_suffix(".zip"), x.exists(), x.is_file(), x.stat().st_size, x.parent, x.parts)
    print(x.rename(path / "y"), x.exists(), (path / "y").replace(here / "z"), sorted(map(str, here.rglob("*"))), sorted(map(str, here.glob("*/*"))))
    print(told(Path("none").unlink), Path("none").unlink(missing_ok=True), told(path.rmdir), Path("z").unlink(), told(Path("a").rmdir))
    (here / "l").symlink_to("f.txt")
    print((here / "l").is_symlink(), (here / "l").resolve() == (here / "f.txt").resolve(), (here / "l").readlink(), (here / "l").samefile("f.txt"))
    (here / "h").hardlink_to("f.txt")
    print((here / "h").stat().st_nlink, sorted(p.name for p in here.iterdir()), (here / "f.txt").chmod(0o600), oct((here / "f.txt").stat().st_mode))
    with (here / "f.txt").open("a") as file:
        file.write("!")
    tree()


@scenario
def csv_files():
    import csv

    with open("t.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["name", "price"], ["tea, green", 3], ['"quoted"', 4.5], ["two\nlines", None]])
    print(get("t.csv", "rb"))
    with open("t.csv", newline="") as file:
        print(list(csv.DictReader(file)))


@scenario
def json_files():
    import json

    data = {"text": "é😀\n", "list": [1, 2.5, None, True], "nested": {"a": {}}}
    with open("d.json", "w") as file:
        json.dump(data, file, indent=2, ensure_ascii=False)
    print(get("d.json"), json.load(open("d.json")) == data)
    put("d.json", "{bad")
    print(told(lambda: json.load(open("d.json"))))


@scenario
def pickles():
    import pickle

    with open("p", "wb") as file:
        pickle.dump({"a": [1, (2, 3)], "b": {4}}, file, protocol=4)
        pickle.dump("second", file, protocol=4)
    with open("p", "rb") as file:
        print(pickle.load(file), pickle.load(file), told(pickle.load, file))
    print(sorted(os.listdir()))


@scenario
def settings_files():
    import configparser, tomllib

    parser = configparser.ConfigParser()
    parser["part"] = {"a": "1", "b": "two"}
    with open("c.ini", "w") as file:
        parser.write(file)
    again = configparser.ConfigParser()
    print(again.read(["c.ini", "none.ini"]), dict(again["part"]), get("c.ini"))
    put("c.toml", '[t]\na = 1\nb = [1, 2]\n')
    with open("c.toml", "rb") as file:
        print(tomllib.load(file))


@scenario
def xml_files():
    import xml.etree.ElementTree as tree_of

    root = tree_of.Element("list", {"kind": "ä"})
    tree_of.SubElement(root, "item").text = "<text>"
    tree_of.ElementTree(root).write("x.xml", encoding="utf-8", xml_declaration=True)
    print(get("x.xml", "rb"), tree_of.parse("x.xml").getroot().find("item").text)


@scenario
def lines_in_place():
    import fileinput, linecache

    put("f", "one\ntwo\nthree\n")
    with fileinput.input("f", inplace=True, backup=".bak") as lines:
        for line in lines:
            print(line.rstrip().upper())
    print(get("f"), get("f.bak"), sorted(os.listdir()), repr(linecache.getline("f", 2)))


@scenario
def maps():
    import mmap

    put("f", b"0123456789" * 100)
    with open("f", "r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        m[0:3] = b"abc"
        print(len(m), m[:5], m.find(b"9"), m.read(2), m.read(3), m.rfind(b"0"), m.flush())
    print(get("f", "rb")[:12])
    with open("f", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        print(told(m.__setitem__, 0, 1), m[-3:], bytes(m[2:4]))
    put("empty", "")
    with open("empty", "rb") as file:
        print(told(mmap.mmap, file.fileno(), 0, access=mmap.ACCESS_READ))


@scenario
def copying_between_descriptors():
    import shutil

    put("f", bytes(range(256)) * 300)
    with open("f", "rb") as source, open("g", "wb") as target:
        source.seek(100)
        shutil.copyfileobj(source, target, 1000)
    print(os.path.getsize("g"), get("g", "rb") == get("f", "rb")[100:])


@scenario
def digests_of_files():
    import filecmp, hashlib, zlib

    put("f", b"some bytes" * 1000)
    put("g", b"some bytes" * 1000)
    with open("f", "rb") as file:
        print(hashlib.file_digest(file, "sha256").hexdigest(), zlib.crc32(get("f", "rb")))
    print(filecmp.cmp("f", "g", shallow=False), put("g", "x"), filecmp.cmp("f", "g"))


@scenario
def modules_of_the_folder():
    import importlib

    sys.path.insert(0, os.getcwd())
    try:
        os.makedirs("kit_of_it/inner")
        put("kit_of_it/__init__.py", "from .part import value\n")
        put("kit_of_it/part.py", "value = 42\n")
        put("kit_of_it/inner/__init__.py", "from ..part import value as again\n")
        put("kit_of_it/data.txt", "data")
        importlib.invalidate_caches()
        import importlib.resources, pkgutil
        import kit_of_it, kit_of_it.inner

        print(kit_of_it.value, kit_of_it.inner.again, os.path.relpath(kit_of_it.__file__))
        print(importlib.resources.files("kit_of_it").joinpath("data.txt").read_text(), pkgutil.get_data("kit_of_it", "data.txt"), sorted(m.name for m in pkgutil.iter_modules(kit_of_it.__path__)))
        put("broken_of_it.py", "1 +\n")
        importlib.invalidate_caches()
        print(told(importlib.import_module, "broken_of_it"), told(importlib.import_module, "none_of_it"))
    finally:
        sys.path.remove(os.getcwd())


@scenario
def a_program_by_its_path():
    import runpy

    put("program.py", "import sys\nprint(__name__, sys.argv[0] if 0 else 'ran')\nresult = 7\n")
    print(runpy.run_path("program.py", run_name="__main__")["result"])


# --- databases


@scenario
def a_database():
    import sqlite3

    db = sqlite3.connect("a.db")
    print(db.execute("create table t(id integer primary key, name text, amount real, data blob)").fetchall())
    db.executemany("insert into t(name, amount, data) values (?, ?, ?)", [(f"n{i}", i / 2, bytes([i])) for i in range(100)])
    db.commit()
    print(db.execute("select count(*), sum(amount), max(name), group_concat(hex(data), '') from t where id > 90").fetchone(), db.total_changes)
    db.execute("delete from t")
    db.rollback()
    print(db.execute("select count(*) from t").fetchone(), os.listdir())
    db.close()
    print(get("a.db", "rb")[:16], sqlite3.connect("a.db").execute("pragma integrity_check").fetchone())


@scenario
def two_connections():
    import sqlite3

    one, two = (sqlite3.connect("a.db", timeout=0, isolation_level=None) for _ in range(2))
    one.execute("create table t(a)")
    one.execute("begin immediate")
    one.execute("insert into t values (1)")
    print(told(two.execute, "begin immediate"), two.execute("select count(*) from t").fetchone())
    one.execute("commit")
    print(two.execute("select count(*) from t").fetchone())
    for db in (one, two):
        db.close()


@scenario
def a_write_ahead_log():
    import sqlite3

    db = sqlite3.connect("a.db", isolation_level=None)
    print(db.execute("pragma journal_mode=wal").fetchone(), db.execute("create table t(a)").fetchall())
    db.execute("insert into t values (1), (2)")
    print(sorted(os.listdir()))
    other = sqlite3.connect("a.db")
    print(other.execute("select sum(a) from t").fetchone())
    other.close()
    print(db.execute("pragma wal_checkpoint(truncate)").fetchone()[0], os.path.getsize("a.db-wal"))
    db.close()
    print(sorted(os.listdir()))


@scenario
def databases_are_copied():
    import sqlite3

    db = sqlite3.connect("a.db")
    db.executescript("create table t(a); insert into t values (1), (2); create view v as select a * 2 as b from t;")
    db.execute("vacuum into 'b.db'")
    with sqlite3.connect("c.db") as target:
        db.backup(target)
    db.execute("attach 'b.db' as other")
    print(db.execute("select sum(t.a + o.a) from t join other.t o").fetchone(), list(db.iterdump()))
    db.execute("vacuum")
    print(sqlite3.connect("c.db").execute("select * from v").fetchall(), sorted(os.listdir()))
    db.close()
    print(told(lambda: sqlite3.connect("file:none.db?mode=ro", uri=True)), told(lambda: sqlite3.connect("none/x.db")))
    put("bad.db", "this is no database, but long enough to be looked at as one" * 20)
    print(told(lambda: sqlite3.connect("bad.db").execute("select * from t")))


@scenario
def a_transaction_that_is_lost():
    import sqlite3

    db = sqlite3.connect("a.db")
    db.execute("create table t(a unique)")
    db.commit()
    with contextlib.suppress(sqlite3.IntegrityError), db:
        db.execute("insert into t values (1)")
        db.execute("insert into t values (1)")
    print(db.execute("select count(*) from t").fetchone())
    db.execute("insert into t values (2)")
    db.close()
    print(sqlite3.connect("a.db").execute("select count(*) from t").fetchone(), os.listdir())


# --- more than a little


@scenario
def a_large_file():
    block = bytes(range(256)) * 4096
    with open("f", "wb") as file:
        for _ in range(5):
            file.write(block)
    with open("f", "rb") as file:
        file.seek(3 * len(block) - 2)
        print(os.path.getsize("f"), file.read(4), sum(len(part) for part in iter(lambda: file.read(70_000), b"")))
    os.truncate("f", 1_000_001)
    print(get("f", "rb") == block[:1_000_001])


@scenario
def a_random_life():
    import random

    chance = random.Random(7)
    model = bytearray()
    with open("f", "w+b", buffering=0) as file:
        for _ in range(150):
            at, length = chance.randrange(5000), chance.randrange(300)
            match chance.randrange(4):
                case 0 | 1:
                    data = bytes([chance.randrange(256)]) * length
                    file.seek(at)
                    file.write(data)
                    if length:
                        model.extend(bytes(max(0, at + length - len(model))))
                        model[at : at + length] = data
                case 2:
                    file.truncate(at)
                    del model[at:]
                    model.extend(bytes(at - len(model)))
                case _:
                    file.seek(at)
                    if file.read(length) != model[at : at + length]:
                        print("differs at", at, length)
        file.seek(0)
        print(file.read() == model, len(model))


@scenario
def deep_folders():
    path = "/".join("d" * 20 for _ in range(30))
    os.makedirs(path)
    put(path + "/f", "deep")
    print(get(path + "/f"), sum(len(folders) for _, folders, _ in os.walk(".")))


def run_all(root):
    """Runs everything below a folder, and answers with what each has printed."""
    os.umask(0o022)
    start = os.getcwd()
    results = {}
    for run in SCENARIOS:
        os.mkdir(os.path.join(root, run.__name__))
        os.chdir(os.path.join(root, run.__name__))
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                run()
            except Exception as error:
                import traceback

                print("failed:", traceback.format_exc())
        results[run.__name__] = printed.getvalue()
    os.chdir(start)
    return results
