import type { Attack } from "./attack.ts";

function poison(name: string, code: string, victim: string): Attack {
  return { name, group: "poison", guard: "own process", code, victim };
}

/** What somebody else is to find in an interpreter. */
export const POISON_ATTACKS: readonly Attack[] = [
  poison(
    "a built-in function",
    "import builtins\nbuiltins.poisoned = 'POISON'",
    "print(getattr(__import__('builtins'), 'poisoned', ''))",
  ),
  poison(
    "a function of the library",
    "import json\njson.loads = lambda text: 'POISON'",
    "import json\nprint(json.loads('1'))",
  ),
  poison(
    "a module among those that are loaded",
    "import sys, types\nsys.modules['antigravity'] = types.SimpleNamespace(fly='POISON')",
    "import sys\nprint(getattr(sys.modules.get('antigravity'), 'fly', ''))",
  ),
  poison(
    "a module in the library's folder",
    "import site, os\npath = site.getsitepackages()[0]\nos.makedirs(path, exist_ok=True)\nopen(path + '/poisoned_of_it.py', 'w').write(\"print('POISON')\")",
    "import importlib, site, sys\nsys.path += [p for p in site.getsitepackages() if p not in sys.path]\nimportlib.invalidate_caches()\ntry: import poisoned_of_it\nexcept ImportError as error: print(error)",
  ),
  poison(
    "an environment variable",
    "import os\nos.environ['LEFT_BEHIND'] = 'POISON'",
    "import os\nprint(os.environ.get('LEFT_BEHIND'))",
  ),
  poison(
    "a temporary file",
    "open('/tmp/poisoned', 'w').write('POISON')",
    "try: print(open('/tmp/poisoned').read())\nexcept OSError as error: print(error)",
  ),
  poison(
    "the type of all texts",
    "import gc\ngc.get_referents(str.__dict__)[0]['poisoned'] = 'POISON'\n''.lower()",
    "print(str.__dict__.get('poisoned'))",
  ),
  poison(
    "a hook that hears of everything",
    "import sys\nsys.addaudithook(lambda event, args: event == 'looks.for.it' and print('POISON'))",
    "import sys\nsys.audit('looks.for.it')",
  ),
  poison(
    "a place where modules are looked for",
    "import sys, importlib.util, types\nclass Finder:\n  @staticmethod\n  def find_spec(name, path=None, target=None):\n    if name == 'nowhere_of_it': print('POISON')\nsys.meta_path.append(Finder)",
    "try: import nowhere_of_it\nexcept ImportError as error: print(error)",
  ),
  poison(
    "the folder that it works in",
    "import os\nos.makedirs('/tmp/POISON', exist_ok=True)\nos.chdir('/tmp/POISON')",
    "import os\nprint(os.getcwd())",
  ),
];
