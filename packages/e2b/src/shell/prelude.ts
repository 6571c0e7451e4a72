import { TEMPORARY } from "../temporaries.ts";

/**
 * What is printed of a file, by `find`: one record of three texts, each ended by a NUL. The second is the path below
 * where `find` began, the third the text of a link.
 */
const RECORD = String.raw`%y %s %T@ %A@ %C@ %m %U %G %n %i %B@\0%P\0%l\0`;

/**
 * What every script begins with. `R` is the root of the mount, `M` the mark that the answer begins with: a login shell
 * may print anything before it. Paths are those of the mount; a directory is entered before anything in it is touched,
 * and entered only when no link leads to it, so that what follows works on `./name` and nowhere else.
 *
 * `U` is a name for an unfinished file; `T` and `S`, where a script has set them, are unfinished files that go when it fails. Failures of tools are told by their own words on stderr, in English.
 */
export const PRELUDE: string = `export LC_ALL=C
F=${quoteForPrintf(RECORD)}
H='${TEMPORARY}*'
U=${TEMPORARY}$M
T= S=
say() { printf '\\n%s %s\\0' "$M" "$1"; }
drop() {
  [[ -z $T$S ]] || command rm -rf -- \${T:+"$T"} \${S:+"$S"} 2>/dev/null && return
  { command chmod -R u+rwx -- "$T" && command rm -rf -- "$T"; } 2>/dev/null
}
no() { drop; say no; printf '%s\\0' "$1"; exit 0; }
try() { command "$@" >/dev/null || no; }
met() {
  local t
  drop
  t=$(command readlink -n -- "$R$1"; printf x)
  t=\${t%x}
  if [[ -n $R ]]; then
    if [[ $t == "$R" ]]; then t=/; elif [[ $t == "$R"/* ]]; then t=\${t#"$R"}; fi
  fi
  say link
  printf '%s\\0' "$1" "$t"
  exit 0
}
blame() {
  local p= n rest=\${1#/}
  while [[ -n $rest ]]; do
    n=\${rest%%/*}
    if [[ $rest == */* ]]; then rest=\${rest#*/}; else rest=; fi
    [[ -x $R$p/ ]] || no EACCES
    p=$p/$n
    [[ -L $R$p ]] && met "$p"
    [[ -e $R$p ]] || no ENOENT
    [[ -d $R$p ]] || no ENOTDIR
  done
  [[ -x $R$p/ ]] || no EACCES
  no EBUSY
}
enter() {
  local d=$R$1
  builtin cd -P -- "\${d:-/}" 2>/dev/null && [[ $PWD == "\${d:-/}" ]] || blame "$1"
}
at() { enter "$1"; P=$1/$2; N=./$2; }
reach() {
  local back=$PWD
  enter "$1"
  Q=$1/$2
  O=\${PWD%/}/$2
  builtin cd -P -- "$back" || no EBUSY
}
is() { [[ -e $1 || -L $1 ]]; }
there() { is "$N" || no ENOENT; }
file() {
  [[ -L $N ]] && met "$P"
  there
  [[ -d $N ]] && no EISDIR
  [[ -f $N ]] || no ENXIO
}
plain() { (( (8#$1 & 8#666) == 8#$1 )); }
masked() { builtin umask "$(( 777 - $1 % 1000 ))"; }
answer() { say ok; printf '%s\\0' "$R"; }
last() { answer; exec "$@"; }
put() {
  if [[ -z $1 ]]; then command base64 -d <<<"$2"; else builtin printf %s "$2"; fi
}
show() { answer; exec find "$N" -maxdepth 0 -printf "$F"; }
root() { builtin cd -P -- "$R" 2>/dev/null; }
root || { command mkdir -p -- "$R" && root; } || no ROOT
R=$PWD
[[ $R == / ]] && R=
`;

function quoteForPrintf(text: string): string {
  return `'${text}'`;
}
