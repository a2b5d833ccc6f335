using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.Json;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class ChainJsonTests
{
    private static readonly Type[] Families =
        [typeof(ChainEvent), typeof(StepReport), typeof(TaskAction), typeof(Decision)];

    private static IEnumerable<Type> Cases => Families.SelectMany(f => f.GetNestedTypes());

    [TestCaseSource(nameof(Cases))]
    public void Case_FullAndRoundTripped_IsTheSame(Type type)
    {
        var family = type.BaseType!;
        var value = Filler.Make(type);

        var json = Write(family, value);
        var back = Read(family, json);

        Assert.That(back.GetType(), Is.EqualTo(type));
        Assert.That(Write(family, back), Is.EqualTo(json));
        Assert.That(json, Does.StartWith("{\"case\":\""));
        Assert.That(Filler.Leaves(back), Is.EqualTo(Filler.Leaves(value)), "nothing was left out");
    }

    [Test]
    public void State_FullAndRoundTripped_IsTheSame()
    {
        var state = (ChainState)Filler.Make(typeof(ChainState));

        var json = ChainJson.Write(state);
        var back = ChainJson.Read<ChainState>(json);

        Assert.That(Encoding.UTF8.GetString(ChainJson.Write(back)), Is.EqualTo(Encoding.UTF8.GetString(json)));
        Assert.That(Filler.Leaves(back), Is.EqualTo(Filler.Leaves(state)));
    }

    [Test]
    public void Event_AsStored_ReadsAsItAlwaysDid()
    {
        // What databases hold: these texts never change, however the code does.
        const string Reported =
            """{"case":"step-reported","attempt":{"step":"call","round":2,"number":3},"report":"""
            + """{"case":"waiting","owner":"Practitioner/1","ownerName":"Ann"},"at":"2026-11-20T08:00:00+00:00"}""";
        const string Changed =
            """{"case":"task-changed","step":"call","round":1,"reading":{"status":"in-progress","outputs":"""
            + """[{"type":"outcome","coded":{"system":"s","value":"reached-well"}}],"missing":[]"""
            + ""","identityChanged":[],"deleted":false},"at":"2026-11-20T08:00:00+00:00"}""";

        var reported = ChainJson.Read<ChainEvent>(Encoding.UTF8.GetBytes(Reported));
        var changed = ChainJson.Read<ChainEvent>(Encoding.UTF8.GetBytes(Changed));

        Assert.That(reported, Is.EqualTo(new ChainEvent.StepReported(
            new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero),
            new Attempt(new StepName("call"), 2, 3),
            new StepReport.Waiting("Practitioner/1", "Ann"))));
        Assert.That(
            ((ChainEvent.TaskChanged)changed).Reading.Status,
            Is.EqualTo(FhirOrchestrator.Chains.TaskStatus.InProgress));
        Assert.That(Encoding.UTF8.GetString(ChainJson.Write(reported)), Is.EqualTo(Reported));
        Assert.That(Encoding.UTF8.GetString(ChainJson.Write(changed)), Is.EqualTo(Changed));
    }

    [Test]
    public void Read_UnknownMemberOrCase_Throws()
    {
        var member = Encoding.UTF8.GetBytes("""{"case":"started","at":"2026-11-20T08:00:00Z","novel":1}""");
        var kind = Encoding.UTF8.GetBytes("""{"case":"novel","at":"2026-11-20T08:00:00Z"}""");

        Assert.That(() => ChainJson.Read<ChainEvent>(member), Throws.InstanceOf<JsonException>());
        Assert.That(() => ChainJson.Read<ChainEvent>(kind), Throws.InstanceOf<JsonException>());
    }

    private static string Write(Type family, object value) => Encoding.UTF8.GetString((byte[])typeof(ChainJson)
        .GetMethod(nameof(ChainJson.Write))!.MakeGenericMethod(family).Invoke(null, [value])!);

    private static object Read(Type family, string json) => family.Name switch
    {
        nameof(ChainEvent) => ChainJson.Read<ChainEvent>(Encoding.UTF8.GetBytes(json)),
        nameof(StepReport) => ChainJson.Read<StepReport>(Encoding.UTF8.GetBytes(json)),
        nameof(TaskAction) => ChainJson.Read<TaskAction>(Encoding.UTF8.GetBytes(json)),
        _ => ChainJson.Read<Decision>(Encoding.UTF8.GetBytes(json)),
    };

    /// <summary>
    /// Makes a value of any record of ours with every member filled, and lists what it is filled with.
    /// </summary>
    private static class Filler
    {
        public static object Make(Type type, int depth = 0)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (type == typeof(string))
            {
                return "text \u00E9 \"'<>";
            }

            if (type == typeof(DateTimeOffset))
            {
                return new DateTimeOffset(2026, 11, 20, 8, 0, 0, 123, TimeSpan.Zero).AddTicks(4567);
            }

            if (type == typeof(TimeSpan))
            {
                return TimeSpan.FromHours(3.5);
            }

            if (type == typeof(ChainId))
            {
                return ChainId.Of("plan", "ehr", "key");
            }

            if (type.IsEnum)
            {
                return type.GetEnumValues().GetValue(type.GetEnumValues().Length - 1)!;
            }

            if (type.IsPrimitive)
            {
                return type == typeof(bool)
                    ? true
                    : Convert.ChangeType(7, type, System.Globalization.CultureInfo.InvariantCulture);
            }

            return type.IsGenericType ? MakeCollection(type, depth) : MakeRecord(Choose(type, depth), depth);
        }

        /// <summary>All simple values inside, in order.</summary>
        public static List<string> Leaves(object? value)
        {
            return value switch
            {
                null => ["-"],
                string or ValueType and not IEnumerable when IsSimple(value.GetType()) => [value.ToString()!],
                IEnumerable many => [.. many.Cast<object?>().SelectMany(Leaves)],
                _ =>
                [
                    .. Members(value.GetType())
                        .SelectMany(p => Leaves(p.GetValue(value)).Select(l => $"{p.Name}={l}")),
                ],
            };
        }

        private static bool IsSimple(Type type) => type == typeof(string) || type.IsPrimitive || type.IsEnum
            || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(Guid);

        private static Type Choose(Type type, int depth)
        {
            if (!type.IsAbstract)
            {
                return type;
            }

            var cases = type.GetNestedTypes();
            return cases[depth % cases.Length];
        }

        private static object MakeCollection(Type type, int depth)
        {
            var arguments = type.GetGenericArguments();
            if (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            {
                var items = Array.CreateInstance(arguments[0], 2);
                items.SetValue(Make(arguments[0], depth + 1), 0);
                items.SetValue(Make(arguments[0], depth + 1), 1);
                return typeof(ImmutableArray).GetMethods()
                    .Single(m => m.Name == "Create" && m.GetParameters() is [{ ParameterType.IsArray: true }])
                    .MakeGenericMethod(arguments[0]).Invoke(null, [items])!;
            }

            return ImmutableSortedDictionary<StepName, StepState>.Empty
                .Add(new StepName("a"), (StepState)Make(typeof(StepState), depth + 1))
                .Add(new StepName("b"), new StepState());
        }

        private static object MakeRecord(Type type, int depth)
        {
            var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
            var value = constructor.Invoke(
                [.. constructor.GetParameters().Select(p => Make(p.ParameterType, depth + 1))]);
            foreach (var property in Members(type))
            {
                property.SetValue(value, Make(property.PropertyType, depth + 1));
            }

            return value;
        }

        private static IEnumerable<PropertyInfo> Members(Type type) => type
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite)
            .OrderBy(p => p.Name, StringComparer.Ordinal);
    }
}
