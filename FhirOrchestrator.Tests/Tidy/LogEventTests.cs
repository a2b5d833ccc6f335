using System.Reflection;
using Microsoft.Extensions.Logging;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>Log messages have stable, unique numbers, and live where people look for them.</summary>
internal sealed class LogEventTests
{
    private sealed record LogEvent(Type Owner, string Method, int Id, string Message);

    [Test]
    public void EventIds_AllMessages_Unique()
    {
        var twice = All().GroupBy(one => one.Id)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(one => one.Method))}");

        Assert.That(twice, Is.Empty);
    }

    [Test]
    public void EventIds_AllMessages_FourDigits() =>
        Assert.That(All().Where(one => one.Id is < 1000 or > 9999).Select(one => $"{one.Method} {one.Id}"), Is.Empty);

    [Test]
    public void Owners_AllMessages_InTelemetry() => Assert.That(
        All().Where(one => one.Owner.Namespace != "FhirOrchestrator.Telemetry").Select(one => one.Owner.FullName),
        Is.Empty);

    private static IEnumerable<LogEvent> All() =>
        from type in typeof(Program).Assembly.GetTypes()
        from method in type.GetMethods(
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select new LogEvent(type, method.Name, attribute.EventId, attribute.Message);
}
