"""OpenFeature's OFREP provider for Python, unchanged, as a shop's server uses it.

Standard input is {"server", "key", "questions": [{"flag", "context"}]}; standard output has an answer for each
question: what a shop's code would get, with the default {"default": true}.
"""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

asked = json.load(sys.stdin)
headers = {"Authorization": f"Bearer {asked['key']}"}
api.set_provider(OFREPProvider(asked["server"], headers_factory=lambda: headers))
client = api.get_client()


def answer(question):
    context = dict(question["context"])
    targeting_key = context.pop("targetingKey", None)
    details = client.get_object_details(
        question["flag"], {"default": True}, EvaluationContext(targeting_key, context)
    )
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": details.reason,
        "errorCode": details.error_code,
        "metadata": details.flag_metadata,
    }


json.dump([answer(question) for question in asked["questions"]], sys.stdout)
