using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Rest;

/// <summary>
/// <c>POST [base]/$fhirpath</c>: evaluates an expression, with the parameters of the public FHIRPath lab's server
/// interface. In: <c>expression</c>, <c>resource</c>, <c>context</c> (an expression on whose items the first one is
/// evaluated), <c>variables</c> (a part a value), and <c>mode</c> (<c>strict</c>, the default, or <c>lenient</c>). Out:
/// <c>parameters</c> with what came in, and a <c>result</c> for each item of the context, with a part for each item
/// of its value, named by its type, and a part <c>trace</c> for each call of <c>trace()</c>.
/// </summary>
internal sealed class FhirPathOperation(TimeProvider clock, PathContext? known = null)
{
    /// <summary>The operation's name in the path.</summary>
    public const string Name = "$fhirpath";

    /// <summary>The longest that a request may evaluate, over all items of its context.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    /// <summary>The most items that a context may have.</summary>
    public const int ContextsMax = 1_000;

    /// <summary>The most items of any collection.</summary>
    public const int ItemsMax = 20_000;

    private const string Definition = "http://fhirpath-lab.org/OperationDefinition/fhirpath";

    /// <summary>The operation for a server.</summary>
    public RestOperation Operation => new(Name, OperationLevel.System, null, Definition, AllowsGet: false, RunAsync);

    private Task<RestAnswer> RunAsync(RestRequest request, RestServer server, CancellationToken ct) =>
        Task.FromResult(Run(request.Body));

    private RestAnswer Run(Resource? body) =>
        FhirPathQuestion.Read(body).Succeeded(out var question, out var problem)
            ? Answer(question)
            : problem.ToAnswer();

    private RestAnswer Answer(FhirPathQuestion question)
    {
        var (text, place) = (question.Expression, FhirPathQuestion.ExpressionPlace);
        try
        {
            var expression = PathExpression.Compile(text, question.Dialect);
            if (question.Context is not { Length: > 0 } context)
            {
                var answer = new FhirPathAnswer(question);
                AddResult(answer, expression, question, question.Focus, null);
                return RestAnswer.Of(200, answer.ToParameters());
            }

            (text, place) = (context, FhirPathQuestion.ContextPlace);
            var items = PathExpression.Compile(context, question.Dialect).Evaluate(question.Focus, ContextOf(question));
            if (items.Count > ContextsMax)
            {
                throw FhirPathException.Budget($"expected at most {ContextsMax} items of the context, got more");
            }

            (text, place) = (question.Expression, FhirPathQuestion.ExpressionPlace);
            return RestAnswer.Of(200, Each(question, expression, context, items));
        }
        catch (FhirPathException broken)
        {
            return Problem(broken, text, place).ToAnswer();
        }
    }

    private Resource Each(
        FhirPathQuestion question, PathExpression expression, string context, IReadOnlyList<PathItem> items)
    {
        var answer = new FhirPathAnswer(question);
        var started = clock.GetTimestamp();
        for (var at = 0; at < items.Count; at++)
        {
            if (clock.GetElapsedTime(started) > TimeMax)
            {
                throw FhirPathException.Budget(
                    $"expected at most {TimeMax.TotalSeconds} seconds over all items of the context, got more");
            }

            AddResult(answer, expression, question, items[at], $"{context}[{at}]");
        }

        return answer.ToParameters();
    }

    private void AddResult(
        FhirPathAnswer answer, PathExpression expression, FhirPathQuestion question, PathItem? focus, string? label)
    {
        var traces = new List<(string Name, IReadOnlyList<PathItem> Items)>();
        var context = ContextOf(question) with { Trace = (name, items) => traces.Add((name, items)) };
        answer.Add(label, expression.Evaluate(focus, context), traces);
    }

    private PathContext ContextOf(FhirPathQuestion question) => (known ?? new PathContext()) with
    {
        Now = clock.GetLocalNow(),
        Zone = clock.LocalTimeZone,
        Clock = clock,
        Variables = question.Variables,
        TimeMax = TimeMax,
        ItemsMax = ItemsMax,
    };

    private static RestProblem Problem(FhirPathException broken, string text, string place)
    {
        var (line, column) = broken.PlaceIn(text);
        var words = broken.Position < 0 ? broken.Message : $"{broken.Message} (line {line}, column {column})";
        return broken.IsBudget
            ? new RestProblem(422, "too-costly", words, place)
            : new RestProblem(422, "invalid", words, place);
    }
}
