//! What one resource says of another.

use crate::machine::{check, findings, machine};

const P: &str = "providers: { p: { kind: openai, base_url: http://h/v1 } }\n";

#[test]
fn an_unknown_provider_is_named_with_its_nearest() {
    check(
        "providers: { primary: { kind: openai, base_url: http://h } }\nmodels: { m: { targets: [primry/x, { provider: other, model: x }] } }",
        &[
            "error[unknown-provider] 2:26+8 no provider is named `primry` | did you mean `primary`?",
            "error[unknown-provider] 2:36+1 no provider is named `other` | providers: primary",
        ],
    );
}

#[test]
fn an_unknown_kind_is_named_with_its_nearest() {
    check(
        "providers: { p: { kind: antropic } }",
        &["error[unknown-kind] 1:25+8 `antropic` is not a kind of provider | did you mean `anthropic`?"],
    );
}

#[test]
fn a_kind_that_may_be_anywhere_needs_its_url_and_one_of_one_s_own_no_key() {
    machine()
        .good("providers: { a: { kind: ollama }, b: { kind: openai-compatible, base_url: http://h/v1 } }");
    check(
        "providers: { b: { kind: openai-compatible } }",
        &[
            "error[missing] 1:17+1 `base_url` is missing: kind `openai-compatible` may be anywhere | write, for example, `base_url: http://10.0.0.7:8000/v1`",
        ],
    );
}

#[test]
fn a_price_must_say_what_tokens_cost() {
    check(
        "providers: { o: { kind: openai, base_url: http://h } }\nmodels: { a: { target: o/gpt-4.1, price: { output: 1 } }, b: { target: o/mine, price: { input: 1 } } }",
        &[
            "warning[incomplete-price] 2:72+6 the price of `b` has no `output`, and no list names it | without it, output tokens count as free",
        ],
    );
}

#[test]
fn a_broken_provider_is_still_a_provider() {
    // One mistake, one finding: what refers to the provider is right.
    assert_eq!(findings("providers: { p: { kind: nothing } }\nmodels: { m: { target: p/x } }").len(), 1);
    assert_eq!(findings("providers: { p: 3 }\nmodels: { m: { target: p/x } }").len(), 1);
}

#[test]
fn a_model_needs_a_target_and_only_one_way_to_say_it() {
    check(
        &format!(
            "{P}models:\n  a: {{}}\n  b: {{ targets: [] }}\n  c: {{ target: p/x, targets: [p/y] }}\n  d: {{ target: x }}\n"
        ),
        &[
            "error[missing] 3:6+1 the model has no target | write, for example, `target: openai/gpt-4.1`",
            "error[empty] 4:8+7 `targets` is empty",
            "error[conflict] 5:8+6 `target` and `targets` exclude each other | list all targets under `targets`",
            "error[wrong-value] 6:16+1 `x` is not a target | write `provider/model`, such as `openai/gpt-4.1`",
        ],
    );
}

#[test]
fn a_fallback_may_be_a_model_an_alias_a_wildcard_s_or_a_provider_s() {
    machine().good(&format!(
        "{P}models:\n  a: {{ target: p/x, fallback: [b, c, w-1, p/direct] }}\n  b: {{ target: p/x, aliases: [c] }}\n  'w-*': {{ target: 'p/*' }}\n"
    ));
    check(
        &format!(
            "{P}models: {{ fast: {{ target: p/x, fallback: [slwo, 'slow*'] }}, slow: {{ target: p/x }} }}"
        ),
        &[
            "error[unknown-model] 2:43+4 no model is named `slwo` | did you mean `slow`?",
            "error[wildcard] 2:49+7 `slow*` is a pattern, and a fallback is one model | write the name to ask for",
        ],
    );
}

#[test]
fn fallbacks_must_not_go_in_a_circle() {
    check(
        &format!(
            "{P}models:\n  a: {{ target: p/x, fallback: [b] }}\n  b: {{ target: p/x, fallback: [d, c] }}\n  c: {{ target: p/x, fallback: [alias-of-a] }}\n  d: {{ target: p/x, fallback: [d] }}\n  e: {{ target: p/x, fallback: [a], aliases: [unused] }}\n"
        )
        .replace("a: {", "a: { aliases: [alias-of-a],"),
        &[
            "error[fallback-circle] 5:32+10 the fallback goes in a circle: a -> b -> c -> a",
            "error[fallback-circle] 6:32+1 the fallback goes in a circle: d -> d",
        ],
    );
}

#[test]
fn a_diamond_is_no_circle() {
    machine().good(&format!(
        "{P}models:\n  a: {{ target: p/x, fallback: [b, c] }}\n  b: {{ target: p/x, fallback: [d] }}\n  c: {{ target: p/x, fallback: [d] }}\n  d: {{ target: p/x }}\n"
    ));
}

#[test]
fn weights_must_weigh_something_and_mean_something() {
    check(
        &format!(
            "{P}models:\n  a: {{ strategy: weighted, targets: [{{ provider: p, model: x, weight: 0 }}] }}\n  b: {{ targets: [{{ provider: p, model: x, weight: 5 }}] }}\n"
        ),
        &[
            "error[no-weight] 3:3+1 all targets of `a` have weight 0 | give at least one of them a weight of 1 or more",
            "warning[no-effect] 4:18+1 the weight has no effect under `strategy: priority` | write `strategy: weighted`",
        ],
    );
}

#[test]
fn a_target_given_twice_is_a_warning() {
    check(
        &format!("{P}models: {{ a: {{ targets: [p/x, p/y, p/x] }} }}"),
        &["warning[repeated-target] 2:36+3 this target is that at tidegate.yaml:2:26 once more"],
    );
}

#[test]
fn an_alias_must_be_free() {
    check(
        &format!("{P}models:\n  a: {{ target: p/x, aliases: [b, c, c] }}\n  b: {{ target: p/x }}\n"),
        &[
            "error[duplicate] 3:31+1 the alias `b` is already a name | it is given at tidegate.yaml:4:3; keep one of the two",
            "error[duplicate] 3:37+1 the alias `c` is already a name | it is given at tidegate.yaml:3:34; keep one of the two",
        ],
    );
}

#[test]
fn wildcards_stand_at_the_end_and_pass_names_on() {
    machine().good(&format!("{P}models: {{ 'gpt-*': {{ target: 'p/*' }}, '*': {{ target: p/x }} }}"));
    check(
        &format!(
            "{P}models:\n  'a*b': {{ target: p/x }}\n  c: {{ target: 'p/*', aliases: ['d*'] }}\n  'e*': {{ target: 'p/f*' }}\n"
        ),
        &[
            "error[wrong-name] 3:3+5 `a*b` has a `*` that is not at its end",
            "error[wildcard] 4:16+5 `*` stands for the name asked for, and `c` takes only one | name the provider's model, or let the model's name end in `*`",
            "error[wrong-name] 4:33+4 the alias `d*` ends in `*`: only a model's own name may",
            "error[wildcard] 5:19+6 `f*` is not a model's name | `*` alone stands for the whole name asked for",
        ],
    );
}

#[test]
fn a_name_that_means_a_provider_s_model_is_refused() {
    check(
        &format!("{P}models: {{ p/x: {{ target: p/y }}, q/x: {{ target: p/y }} }}"),
        &[
            "error[hidden-name] 2:11+3 `p/x` already means the model at provider `p` | `provider/model` always addresses a provider directly: choose another name",
        ],
    );
}

#[test]
fn names_must_be_sendable() {
    check(
        "providers: { 'a/b': { kind: openai, base_url: http://h } }\nmodels: { 'a b': { target: a/b } }",
        &[
            "error[wrong-name] 1:14+5 `a/b` cannot be a provider's name | use up to 64 letters, digits, `-`, `_` and `.`",
            "error[wrong-name] 2:11+5 this cannot be a model's name | use up to 256 characters without spaces",
            "error[unknown-provider] 2:28+3 no provider is named `a` | providers: a/b",
        ],
    );
}
