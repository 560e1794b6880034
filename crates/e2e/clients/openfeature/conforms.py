"""Judges answers by the specification of OFREP.

Standard input is a list of {"operation", "status", "body", "headers"}; what breaks the specification is printed, and
then the exit code is 1. Nothing but what `ofrep-openapi-0.3.0.yaml` says is checked, except that real clients need
`variant`, `errorCode` and `errorDetails` where it leaves them out, and `key` in all answers about one flag.
"""

import json
import pathlib
import sys

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = pathlib.Path(__file__).parent
SPEC = yaml.safe_load((HERE / "ofrep-openapi-0.3.0.yaml").read_text())

# A flag is one of six schemas and no two of them, and the last of them, for a flag without a value, takes any object: so
# no flag with a value could ever be valid. Its description says what is meant, and so does this. Should the
# specification say so itself one day, this line has to go.
CODE_DEFAULT = SPEC["components"]["schemas"]["codeDefaultFlag"]
assert set(CODE_DEFAULT) == {"description", "type", "properties"} and not CODE_DEFAULT["properties"]
CODE_DEFAULT["not"] = {"required": ["value"]}

URI = "urn:ofrep"
REGISTRY = Registry().with_resource(
    URI, Resource(contents=SPEC, specification=DRAFT202012)
)
OPERATIONS = {
    operation["operationId"]: f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/post"
    for path, methods in SPEC["paths"].items()
    for operation in [methods["post"]]
}


def at(pointer):
    return REGISTRY.resolver(URI).lookup(URI + pointer).contents


def errors_by(pointer, value):
    validator = Draft202012Validator({"$ref": URI + pointer}, registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def needs(value, single, status):
    """What real clients need beyond the specification."""
    if status != 200:
        wanted = ["errorCode", "errorDetails"] + (["key"] if single else [])
        return [f"no {name}" for name in wanted if not isinstance(value.get(name), str)]
    flags = [value] if single else value["flags"]
    return ["no variant" for flag in flags if not isinstance(flag.get("variant"), str)]


def complaints(answer):
    operation, status = answer["operation"], answer["status"]
    pointer = OPERATIONS[operation] + "/responses"
    if str(status) not in at(pointer):
        return [f"{status} is no answer of {operation}"]
    pointer = f"{pointer}/{status}"
    response = at(pointer)
    if status == 304:
        return ["304 has a body"] if answer["body"] else []
    found = []
    if answer["headers"].get("content-type") != "application/json":
        found.append(f"the type is {answer['headers'].get('content-type')}")
    value = json.loads(answer["body"])
    if "content" in response:
        found += errors_by(f"{pointer}/content/application~1json/schema", value)
    if status == 200:
        for name in response.get("headers", {}):
            header = answer["headers"].get(name.lower())
            found += errors_by(f"{pointer}/headers/{name}/schema", header)
    return found + needs(value, operation == "evaluateFlag", status)


answers = json.load(sys.stdin)
broken = [(answer, complaints(answer)) for answer in answers]
broken = [(answer, found) for answer, found in broken if found]
for answer, found in broken:
    print(json.dumps(answer)[:2_000], *found, sep="\n  ")
sys.exit(1 if broken or not answers else 0)
