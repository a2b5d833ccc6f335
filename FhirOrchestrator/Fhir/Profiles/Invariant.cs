using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// A rule of a type, element or profile, compiled once (R4, ElementDefinition.constraint). Rules that hold by the
/// shape of JSON or need more than FHIRPath are checked in code and left out here (<see cref="InCode"/>).
/// </summary>
internal sealed partial class Invariant
{
    // By the rule's text, not its key: a profile may use a key again. Each names the code that checks it.
    private static readonly FrozenSet<string> InCode = FrozenSet.Create(
        StringComparer.Ordinal,
        "hasValue() or (children().count() > id.count())", // ele-1: ShapeWalk
        "hasValue() or (children().count() > id.count()) or $this is Parameters", // ele-1 of later guides: ShapeWalk
        "extension.exists() != value.exists()", // ext-1: ExtensionCheck
        "htmlChecks()", // txt-1, txt-2: PrimitiveCheck
        "contained.contained.empty()", // dom-2: ContainedCheck, as are dom-3 to dom-5
        "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()",
        "contained.meta.security.empty()");

    private static readonly string[] InCodeStarts =
    [
        "contained.where(((", // dom-3, in any of its published forms
        "contained.where((('#'+id in ",
        "reference.startsWith('#').not() or (reference.substring(1).trace('url') in ", // ref-1: ReferenceCheck
    ];

    // Published rules count on "not" of nothing being true, as with the reference implementation: bdl-8 would refuse
    // every entry without a fullUrl. FHIRPath says nothing (N1, 6.5.4), and a rule of which nothing comes is broken.
    private const string NotOrNothing = ".where($$this).empty()";

    // Rules that R4 published wrongly, by their text, and what a later version of FHIR made of them.
    private static readonly FrozenDictionary<string, string> Corrected = new Dictionary<string, string>
    {
        // tim-9 asks "in" of several items, which FHIRPath refuses (N1, 6.4.1).
        ["offset.empty() or (when.exists() and ((when in ('C' | 'CM' | 'CD' | 'CV')).not()))"] =
            "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, Compiled> ByText = new(StringComparer.Ordinal);

    private readonly InvariantDefinition _definition;
    private readonly Compiled _compiled;

    private Invariant(InvariantDefinition definition)
    {
        _definition = definition;
        _compiled = ByText.GetOrAdd(definition.Expression, static text => Compiled.Of(text));
    }

    public InvariantDefinition Definition => _definition;

    /// <summary>Why the expression cannot be run, null where it can.</summary>
    public string? Problem => _compiled.Problem;

    /// <summary>Compiles those that are not checked in code.</summary>
    public static ImmutableArray<Invariant> Compile(IEnumerable<InvariantDefinition> definitions) =>
        [.. definitions.Where(each => !IsInCode(each.Expression)).Select(each => new Invariant(each))];

    public static bool IsInCode(string expression) =>
        expression.Length == 0 || InCode.Contains(expression)
        || Array.Exists(InCodeStarts, start => expression.StartsWith(start, StringComparison.Ordinal));

    /// <summary>True where the rule holds of an item.</summary>
    /// <exception cref="FhirPathException">It could not be evaluated.</exception>
    public bool Holds(PathItem item, PathContext context) => _compiled.Expression!.IsTrue(item, context);

    // What exists() and its like say is never nothing.
    [GeneratedRegex(@"(?<!\b(exists|empty|hasValue)\(\))\.not\(\)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Not();

    // "answer is Boolean" means FHIR's boolean: elements are never of FHIRPath's own types.
    private static string AsFhir(Match found)
    {
        var name = found.Groups["type"].Value;
        return string.Concat(found.Groups["before"].Value, char.ToLowerInvariant(name[0]).ToString(), name[1..]);
    }

    [GeneratedRegex(
        @"(?<before>(\b(is|as)\s+|\b(is|as|ofType)\(\s*))(?<type>Boolean|String|Integer|Decimal|Date|DateTime|Time)\b",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SystemType();

    private sealed record Compiled(PathExpression? Expression, string? Problem)
    {
        public static Compiled Of(string text)
        {
            try
            {
                var right = Not().Replace(Corrected.GetValueOrDefault(text, text), NotOrNothing);
                return new(PathExpression.Compile(SystemType().Replace(right, AsFhir)), null);
            }
            catch (FhirPathException broken)
            {
                return new(null, broken.Message);
            }
        }
    }
}
