/** Builds `/data/db/report.db` from the files of `/data/src`, but for the folders `passed_over`, and prints what it says. */
export const COUNT_LINES = `
import os, sqlite3

db = sqlite3.connect("/data/db/report.db")
db.execute("create table files (path text primary key, ext text, lines integer, bytes integer)")
for folder, folders, names in os.walk("/data/src"):
    folders[:] = [f for f in folders if f not in passed_over]
    for name in names:
        path = os.path.join(folder, name)
        if os.path.islink(path):
            continue
        with open(path, "rb") as file:
            content = file.read()
        ext = os.path.splitext(name)[1] or "(none)"
        db.execute("insert into files values (?, ?, ?, ?)", (path, ext, content.count(b"\\n"), len(content)))
db.commit()

print(f"{'ext':<8} {'files':>6} {'lines':>8} {'bytes':>10}  longest")
for row in db.execute("""
    select ext, count(*), sum(lines), sum(bytes),
           (select path from files f where f.ext = files.ext order by lines desc, path limit 1)
    from files group by ext order by sum(lines) desc limit 8"""):
    ext, count, lines, size, longest = row
    print(f"{ext:<8} {count:>6} {lines:>8} {size:>10}  {os.path.relpath(longest, '/data/src')}")
db.close()
`;

/** Tries to write where nothing may be written. */
export const WRITE_READ_ONLY = `
try:
    open("/data/src/intruder.txt", "w")
    print("the read-only mount was written")
except OSError as error:
    print("open('/data/src/intruder.txt', 'w'):", error.strerror)
`;

/** Tries to read a file of the host, whose path the code is told, and to reach the program around it. */
export const LOOK_AT_HOST = `
try:
    print("read from this machine:", open(host_file).read())
except OSError as error:
    print("open(a file of this machine):", error.strerror)
try:
    from js import process
    print("got at the program around:", process)
except ImportError as error:
    print("from js import process: ImportError,", error)
`;

/** Reads what another session has written. */
export const READ_REPORT = `
import sqlite3
db = sqlite3.connect("/data/db/report.db")
kinds, files, lines = db.execute("select count(distinct ext), count(*), sum(lines) from files").fetchone()
print(f"{kinds} kinds of files, {files} files, {lines} lines; integrity: {db.execute('pragma integrity_check').fetchone()[0]}")
`;
