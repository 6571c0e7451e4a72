"""What Python programs do with files. Each check runs in a folder of its own, below the one that is given by ROOT."""

import csv, glob, gzip, io, json, mmap, os, pathlib, pickle, shutil, sqlite3, sys, tempfile, traceback, zipfile

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def fails(error, action, *args, **kwargs):
    try:
        action(*args, **kwargs)
    except error as caught:
        return caught
    raise AssertionError(f"{action} did not fail with {error}")


def put(path, content):
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)


def get(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


@check
def text_is_written_and_read(root):
    put(root + "/a", "héllo\n" * 3)
    assert get(root + "/a") == "héllo\n" * 3
    assert os.path.getsize(root + "/a") == 21


@check
def append_goes_to_the_end(root):
    put(root + "/a", "one")
    with open(root + "/a", "a") as file:
        file.write(" two")
        file.seek(0)
        file.write(" three")
    assert get(root + "/a") == "one two three"


@check
def a_file_is_read_and_written_anywhere(root):
    put(root + "/b", bytes(range(256)) * 10)
    with open(root + "/b", "rb+") as file:
        file.seek(100)
        assert file.read(3) == bytes([100, 101, 102])
        file.seek(-5, 2)
        assert file.read() == bytes(range(251, 256))
        file.seek(10)
        file.write(b"XYZ")
        file.seek(9)
        assert file.read(5) == b"\x09XYZ\x0d" and file.tell() == 14


@check
def what_was_never_written_is_zeros(root):
    with open(root + "/s", "wb") as file:
        file.seek(5000)
        file.write(b"z")
    data = get(root + "/s", "rb")
    assert len(data) == 5001 and data[:5000] == bytes(5000)


@check
def truncate_cuts_and_fills_up(root):
    put(root + "/t", bytes(range(40)))
    with open(root + "/t", "r+b") as file:
        file.truncate(17)
    assert os.stat(root + "/t").st_size == 17
    os.truncate(root + "/t", 5)
    assert get(root + "/t", "rb") == bytes(range(5))
    os.truncate(root + "/t", 8)
    assert get(root + "/t", "rb") == bytes(range(5)) + bytes(3)


@check
def errors_are_those_of_the_kernel(root):
    open(root + "/x", "x").close()
    fails(FileExistsError, open, root + "/x", "x")
    fails(FileNotFoundError, open, root + "/nope")
    fails(FileNotFoundError, os.listdir, root + "/nope")
    os.mkdir(root + "/d")
    fails(IsADirectoryError, open, root + "/d")
    fails(FileExistsError, os.mkdir, root + "/d")
    fails(NotADirectoryError, open, root + "/x/below")
    fails(NotADirectoryError, os.listdir, root + "/x")
    put(root + "/d/f", "")
    assert "not empty" in str(fails(OSError, os.rmdir, root + "/d"))
    fails(OSError, os.rename, root + "/d", root + "/d/inside")
    assert not os.path.exists(root + "/nope")


@check
def a_tree_is_walked(root):
    os.makedirs(root + "/u/v")
    for i in range(5):
        put(f"{root}/u/f{i}.txt", str(i))
    assert [len(files) for _, _, files in os.walk(root)] == [0, 5, 0]
    assert sorted(os.listdir(root + "/u")) == ["f0.txt", "f1.txt", "f2.txt", "f3.txt", "f4.txt", "v"]
    assert sorted((e.name, e.is_dir()) for e in os.scandir(root + "/u"))[-1] == ("v", True)
    assert len(glob.glob(root + "/**/*.txt", recursive=True)) == 5


@check
def pathlib_works(root):
    folder = pathlib.Path(root) / "p"
    folder.mkdir()
    file = folder / "n.json"
    file.write_text("{}")
    assert file.read_text() == "{}" and file.is_file() and file.suffix == ".json"
    file.rename(folder / "m.json")
    assert [found.name for found in folder.iterdir()] == ["m.json"]
    (folder / "m.json").touch()
    (folder / "m.json").unlink()
    folder.rmdir()
    assert not folder.exists()


@check
def rename_replaces(root):
    put(root + "/r1", "1")
    put(root + "/r2", "2")
    os.replace(root + "/r1", root + "/r2")
    assert get(root + "/r2") == "1" and not os.path.exists(root + "/r1")
    os.mkdir(root + "/d")
    put(root + "/d/f", "3")
    os.rename(root + "/d", root + "/e")
    assert get(root + "/e/f") == "3" and not os.path.exists(root + "/d")


@check
def shutil_copies_moves_and_removes(root):
    put(root + "/a", "tail")
    os.makedirs(root + "/t/w")
    put(root + "/t/w/f", "1")
    shutil.copy(root + "/a", root + "/a2")
    shutil.copy2(root + "/a", root + "/a3")
    for i in range(20):
        # Changes within one millisecond: their times differ by parts of it.
        put(root + "/a", str(i))
        put(root + "/a", "tail")
        shutil.copy2(root + "/a", root + "/a3")
        assert os.stat(root + "/a3").st_mtime_ns == os.stat(root + "/a").st_mtime_ns
    shutil.copytree(root + "/t", root + "/t2")
    assert get(root + "/t2/w/f") == "1"
    shutil.move(root + "/t2", root + "/t3")
    shutil.move(root + "/a2", "/tmp/a2")
    assert get("/tmp/a2") == "tail" and not os.path.exists(root + "/a2")
    shutil.move("/tmp/a2", root + "/a2")
    shutil.rmtree(root + "/t3")
    assert not os.path.exists(root + "/t3")


@check
def tempfile_works_here_and_by_default(root):
    for directory in (root, None):
        with tempfile.NamedTemporaryFile(dir=directory) as file:
            file.write(b"1")
            file.flush()
            assert get(file.name, "rb") == b"1"
        assert not os.path.exists(file.name)
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            put(folder + "/q", "x")
        assert not os.path.exists(folder)
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"abc")
            file.seek(0)
            assert file.read() == b"abc"


@check
def an_open_file_outlives_its_name(root):
    put(root + "/f", "old")
    file = open(root + "/f", "r+")
    os.unlink(root + "/f")
    put(root + "/f", "new")
    assert file.read() == "old"
    file.write("er")
    file.flush()
    file.seek(0)
    assert file.read() == "older" and os.fstat(file.fileno()).st_size == 5
    file.close()
    assert get(root + "/f") == "new"


@check
def an_open_file_follows_its_name(root):
    put(root + "/f", "one")
    with open(root + "/f", "r+") as file:
        os.rename(root + "/f", root + "/g")
        assert os.stat(root + "/g").st_size == 3
        file.seek(0, 2)
        file.write(" two")
        file.flush()
        assert os.stat(root + "/g").st_size == 7
    assert get(root + "/g") == "one two" and not os.path.exists(root + "/f")


@check
def descriptors_work(root):
    fd = os.open(root + "/d", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.write(fd, b"0123456789")
    assert os.pread(fd, 3, 4) == b"456"
    os.pwrite(fd, b"AB", 2)
    os.fsync(fd)
    other = os.dup(fd)
    os.lseek(other, 0, 0)
    assert os.read(other, 4) == b"01AB"
    os.close(fd)
    assert os.read(other, 2) == b"45"
    os.close(other)
    fails(OSError, os.read, other, 1)


@check
def exclusive_creation_and_modes(root):
    fd = os.open(root + "/x", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(fd)
    assert os.stat(root + "/x").st_mode & 0o777 == 0o600
    fails(FileExistsError, os.open, root + "/x", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    before = os.umask(0o077)
    put(root + "/y", "")
    os.mkdir(root + "/z")
    os.umask(before)
    put(root + "/w", "")
    modes = [os.stat(f"{root}/{name}").st_mode & 0o777 for name in "yzw"]
    assert modes == [0o600, 0o700, 0o644], [oct(mode) for mode in modes]


@check
def times_and_modes_are_kept(root):
    put(root + "/f", "x")
    os.utime(root + "/f", (1e9, 1.5e9))
    stat = os.stat(root + "/f")
    assert stat.st_mtime == 1.5e9 and stat.st_atime == 1e9
    os.chmod(root + "/f", 0o640)
    assert os.stat(root + "/f").st_mode & 0o777 == 0o640
    assert os.stat(root + "/f").st_ino == stat.st_ino != 0


@check
def the_working_directory_is_used(root):
    before = os.getcwd()
    os.chdir(root)
    put("rel", "r")
    assert os.path.exists(root + "/rel") and os.getcwd() == root
    os.chdir(before)


@check
def formats_of_the_library_work(root):
    with open(root + "/c.csv", "w", newline="") as file:
        csv.writer(file).writerows([[1, 2], [3, 4]])
    with open(root + "/c.csv", newline="") as file:
        assert list(csv.reader(file)) == [["1", "2"], ["3", "4"]]
    with open(root + "/p", "wb") as file:
        pickle.dump({"a": [1]}, file)
    with open(root + "/p", "rb") as file:
        assert pickle.load(file) == {"a": [1]}
    with gzip.open(root + "/g.gz", "wt") as file:
        file.write("gz")
    with gzip.open(root + "/g.gz", "rt") as file:
        assert file.read() == "gz"
    with zipfile.ZipFile(root + "/z.zip", "w") as archive:
        archive.writestr("inside", "zip")
        archive.write(root + "/c.csv", "c.csv")
    with zipfile.ZipFile(root + "/z.zip") as archive:
        assert archive.read("inside") == b"zip" and archive.testzip() is None


@check
def a_module_is_imported_from_a_file(root):
    put(root + "/mymod_here.py", "x = 42")
    sys.path.insert(0, root)
    try:
        import mymod_here

        assert mymod_here.x == 42
    finally:
        sys.path.pop(0)


@check
def memory_is_mapped(root):
    put(root + "/m", b"a" * 100)
    with open(root + "/m", "r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
        assert mapped[:3] == b"aaa"
        mapped[1:2] = b"b"
        mapped.flush()
        mapped.close()
    assert get(root + "/m", "rb")[:3] == b"aba"


@check
def large_files_are_whole(root):
    data = os.urandom(1 << 20) * 9 + b"tail"
    put(root + "/big", data)
    assert get(root + "/big", "rb") == data


@check
def links_stand_for_files(root):
    put(root + "/f", "content")
    os.symlink(root + "/f", root + "/absolute")
    os.mkdir(root + "/d")
    os.symlink("../f", root + "/d/relative")
    assert get(root + "/absolute") == get(root + "/d/relative") == "content"
    assert os.readlink(root + "/absolute") == root + "/f"
    assert os.path.islink(root + "/absolute") and os.path.realpath(root + "/absolute") == root + "/f"
    os.symlink("d", root + "/alias")
    assert os.listdir(root + "/alias") == ["relative"]
    os.unlink(root + "/alias")
    assert os.path.isdir(root + "/d")


@check
def room_is_told(root):
    assert shutil.disk_usage(root).free > 0


@check
def odd_names_work(root):
    for name in ["éà 日本 €.txt", "it's", 'say "hi"', "100%", "new\nline", "-rf", "x" * 255]:
        put(f"{root}/{name}", name)
        assert name in os.listdir(root) and get(f"{root}/{name}") == name
    fails(OSError, put, root + "/" + "x" * 256, "")


@check
def a_database_lives_in_a_file(root):
    db = sqlite3.connect(root + "/db")
    db.execute("create table t(a, b)")
    db.executemany("insert into t values(?, ?)", [(i, "x" * 50) for i in range(2000)])
    db.commit()
    db.execute("delete from t where a < 1000")
    db.rollback()
    db.close()
    db = sqlite3.connect(root + "/db")
    assert db.execute("select count(*), sum(a) from t").fetchone() == (2000, 1999000)
    assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.execute("vacuum")
    db.close()
    assert os.listdir(root) == ["db"]


@check
def two_connections_see_one_database(root):
    one, two = sqlite3.connect(root + "/db"), sqlite3.connect(root + "/db")
    one.execute("create table t(a)")
    one.execute("insert into t values(1)")
    one.commit()
    assert two.execute("select count(*) from t").fetchone() == (1,)
    two.execute(f"attach '{root}/db2' as other")
    two.execute("create table other.q as select * from t")
    two.commit()
    one.close()
    two.close()
    assert os.path.getsize(root + "/db2") > 0


@check
def a_write_ahead_log_works(root):
    db = sqlite3.connect(root + "/wal")
    assert db.execute("pragma journal_mode=wal").fetchone() == ("wal",)
    db.execute("create table t(a)")
    db.execute("insert into t values(1)")
    db.commit()
    other = sqlite3.connect(root + "/wal")
    assert other.execute("select a from t").fetchone() == (1,)
    other.close()
    db.close()


@check
def times_are_set_by_descriptor(root):
    put(root + "/a", "first")
    with open(root + "/a", "r+") as file:
        os.rename(root + "/a", root + "/b")
        put(root + "/a", "second")
        os.utime(root + "/a", (5, 6))
        os.utime(file.fileno(), (1000.25, 2000.5))
        assert (os.fstat(file.fileno()).st_atime, os.fstat(file.fileno()).st_mtime) == (1000.25, 2000.5)
        assert (os.stat(root + "/b").st_atime, os.stat(root + "/b").st_mtime) == (1000.25, 2000.5)
        assert os.stat(root + "/a").st_mtime == 6
        os.unlink(root + "/b")
        os.utime(file.fileno(), (7, 8))
        assert os.fstat(file.fileno()).st_mtime == 8
        os.utime(file.fileno())
        assert os.fstat(file.fileno()).st_mtime > 1_600_000_000


@check
def a_map_outlives_its_file_object(root):
    for folder in (root, tempfile.mkdtemp()):
        put(folder + "/m", b"0123456789")
        file = open(folder + "/m", "r+b")
        map = mmap.mmap(file.fileno(), 0)
        map[0:1] = b"A"
        map.flush()
        assert get(folder + "/m", "rb") == b"A123456789"
        file.close()
        other = open(folder + "/other", "w+b")
        map[1:2] = b"B"
        map.flush()
        assert get(folder + "/m", "rb") == b"AB23456789"
        map[2:3] = b"C"
        map.close()
        assert get(folder + "/m", "rb") == b"ABC3456789"
        other.close()
        assert get(folder + "/other", "rb") == b""


@check
def a_map_of_an_open_file_is_written_back(root):
    put(root + "/m", bytes(200_000))
    with open(root + "/m", "r+b") as file, mmap.mmap(file.fileno(), 0) as map:
        map[199_999:] = b"z"
        with open(root + "/m", "r+b") as other:
            other.write(b"another writer")
    assert get(root + "/m", "rb") == b"another writer" + bytes(200_000 - 15) + b"z"


@check
def a_private_map_is_not_written_back(root):
    put(root + "/m", b"0123456789")
    with open(root + "/m", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as map:
        map[0:1] = b"A"
    assert get(root + "/m", "rb") == b"0123456789"


@check
def opening_empties_a_file(root):
    put(root + "/a", "content")
    assert os.stat(root + "/a").st_size == 7
    with open(root + "/a", "w") as file:
        assert os.stat(root + "/a").st_size == 0 and os.fstat(file.fileno()).st_size == 0
    put(root + "/a", "content")
    os.close(os.open(root + "/a", os.O_RDONLY | os.O_TRUNC))
    assert os.stat(root + "/a").st_size == 0


@check
def a_name_that_is_taken_is_not_made(root):
    os.symlink("nothing", root + "/dangling")
    fails(FileExistsError, open, root + "/dangling", "x")
    assert not os.path.exists(root + "/nothing")
    open(root + "/dangling", "w").close()
    assert os.path.exists(root + "/nothing")


@check
def a_file_is_no_directory(root):
    put(root + "/a", "content")
    fails(NotADirectoryError, open, root + "/a/")
    fails(NotADirectoryError, open, root + "/a/", "w")
    assert get(root + "/a") == "content"
    os.close(os.open(root + "/", os.O_RDONLY))


@check
def a_listing_tells_the_numbers_of_files(root):
    put(root + "/a", "content")
    os.mkdir(root + "/d")
    os.symlink("a", root + "/l")
    for entry in os.scandir(root):
        assert entry.inode() == os.lstat(entry.path).st_ino, entry


@check
def many_files_go_quickly(root):
    for i in range(300):
        put(f"{root}/{i}", "")
    assert len(os.listdir(root)) == 300
    shutil.rmtree(root)
    assert not os.path.exists(root)
    os.mkdir(root)
    os.mkdir(root + "/a")
    put(root + "/a/f", "x")
    assert os.path.exists(root + "/a/f")
    os.rename(root + "/a", root + "/b")
    assert not os.path.exists(root + "/a/f") and os.path.exists(root + "/b/f")


def run_all(root):
    """The names of the checks, and what went wrong with those that failed."""
    told = {}
    for number, function in enumerate(CHECKS):
        folder = f"{root}/{number}"
        os.mkdir(folder)
        try:
            function(folder)
            told[function.__name__] = None
        except BaseException:
            told[function.__name__] = traceback.format_exc()
    return told
