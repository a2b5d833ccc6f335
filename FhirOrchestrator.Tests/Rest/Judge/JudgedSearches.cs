using System.Globalization;
using System.Text.Json;

namespace FhirOrchestrator.Tests.Rest.Judge;

/// <summary>Searches over synthetic patients, each with the plain code that says what it has to count.</summary>
internal static class JudgedSearches
{
    private static readonly string[] Prefixes = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"];

    /// <summary>Type, query (not encoded), and the test that a resource has to pass.</summary>
    public static IEnumerable<(string Type, string Query, Func<JsonElement, bool> Test)> All(NaiveChart chart) =>
    [
        .. Patients(chart),
        .. Coded(chart),
        .. Dates(chart),
        .. Quantities(chart),
        .. Linked(chart),
        .. Missing(),
    ];

    private static string Id(JsonElement each) => each.GetProperty("id").GetString()!;

    private static IEnumerable<T> Some<T>(IEnumerable<T> all, int count) =>
        all.Distinct().Select((each, at) => (each, Order: (uint)((at + 1) * 2654435761))).OrderBy(each => each.Order)
            .Take(count).Select(each => each.each);

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Patients(NaiveChart chart)
    {
        bool Name(JsonElement each, string path, Func<string, bool> test) =>
            NaiveChart.Texts(each, path).Any(test);
        foreach (var patient in chart.All("Patient").Take(6))
        {
            var family = NaiveChart.Texts(patient, "name.family").First();
            var given = NaiveChart.Texts(patient, "name.given").First();
            var middle = family[1..^1].ToUpperInvariant();
            yield return ("Patient", $"family={family[..3].ToUpperInvariant()}",
                each => Name(each, "name.family", t => t.StartsWith(family[..3], StringComparison.OrdinalIgnoreCase)));
            yield return ("Patient", $"family:contains={middle}",
                each => Name(each, "name.family", t => t.Contains(middle, StringComparison.OrdinalIgnoreCase)));
            yield return ("Patient", $"given:exact={given}", each => Name(each, "name.given", t => t == given));
            yield return ("Patient", $"given:exact={given.ToLowerInvariant()}", _ => false);
            foreach (var identifier in NaiveChart.At(patient, "identifier").Take(3))
            {
                var (system, value) = (NaiveChart.Texts(identifier, "system").First(),
                    NaiveChart.Texts(identifier, "value").First());
                yield return ("Patient", $"identifier={system}|{value}", each => Id(each) == Id(patient));
                yield return ("Patient", $"identifier={value}",
                    each => NaiveChart.Texts(each, "identifier.value").Contains(value));
                yield return ("Patient", $"identifier={system}|",
                    each => NaiveChart.Texts(each, "identifier.system").Contains(system));
                yield return ("Patient", $"identifier:not={system}|{value}", each => Id(each) != Id(patient));
                yield return ("Patient", $"_id={Id(patient)},nobody", each => Id(each) == Id(patient));
            }

            var city = NaiveChart.Texts(patient, "address.city").First();
            yield return ("Patient", $"address-city={city}",
                each => Name(each, "address.city", t => t.StartsWith(city, StringComparison.OrdinalIgnoreCase)));
            yield return ("Patient", $"address={city}&gender=female", each => Gender(each, "female")
                && Name(each, "address.city", t => t.StartsWith(city, StringComparison.OrdinalIgnoreCase)));
            foreach (var prefix in Prefixes)
            {
                var birth = NaiveChart.Texts(patient, "birthDate").First();
                foreach (var asked in (string[])[birth, birth[..7], birth[..4]])
                {
                    yield return ("Patient", $"birthdate={prefix}{asked}", each => NaiveChart.IsDate(
                        prefix, NaiveChart.Span(NaiveChart.Texts(each, "birthDate").First()), NaiveChart.Span(asked)));
                }
            }
        }

        foreach (var gender in (string[])["male", "female", "other"])
        {
            yield return ("Patient", $"gender={gender}", each => Gender(each, gender));
            yield return ("Patient", $"gender:not={gender}", each => !Gender(each, gender));
            yield return ("Encounter", $"subject:Patient.gender={gender}",
                each => chart.Targets(each, "subject", "Patient").Any(patient => Gender(patient, gender)));
            yield return ("Observation", $"patient.gender={gender}",
                each => chart.Targets(each, "subject", "Patient").Any(patient => Gender(patient, gender)));
        }
    }

    private static bool Gender(JsonElement patient, string gender) =>
        NaiveChart.Texts(patient, "gender").Contains(gender);

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Coded(NaiveChart chart)
    {
        (string Type, string Parameter, string Path)[] coded =
        [
            ("Encounter", "type", "type.coding"), ("Encounter", "class", "class"),
            ("Encounter", "reason-code", "reasonCode.coding"), ("Condition", "code", "code.coding"),
            ("Condition", "clinical-status", "clinicalStatus.coding"), ("Observation", "code", "code.coding"),
            ("Observation", "category", "category.coding"), ("Observation", "component-code", "component.code.coding"),
            ("Observation", "value-concept", "valueCodeableConcept.coding"), ("Procedure", "code", "code.coding"),
            ("Immunization", "vaccine-code", "vaccineCode.coding"), ("CarePlan", "category", "category.coding"),
            ("MedicationRequest", "code", "medicationCodeableConcept.coding"),
            ("DiagnosticReport", "code", "code.coding"),
        ];
        foreach (var (type, parameter, path) in coded)
        {
            var codings = chart.All(type).SelectMany(each => NaiveChart.At(each, path)).Select(each =>
                (System: NaiveChart.Texts(each, "system").FirstOrDefault(), Code: NaiveChart.Texts(each, "code")
                    .First()));
            foreach (var (system, code) in Some(codings, 5))
            {
                yield return (type, $"{parameter}={system}|{code}", each =>
                    NaiveChart.HasCoding(each, path, system, code));
                yield return (type, $"{parameter}={code}", each => NaiveChart.HasCoding(each, path, null, code));
                yield return (type, $"{parameter}:not={code}", each => !NaiveChart.HasCoding(each, path, null, code));
                yield return (type, $"{parameter}=http://wrong.example|{code}", _ => false);
            }

            foreach (var status in Some(chart.All(type).SelectMany(each => NaiveChart.Texts(each, "status")), 2))
            {
                yield return (type, $"status={status}", each => NaiveChart.Texts(each, "status").Contains(status));
            }
        }
    }

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Dates(NaiveChart chart)
    {
        (string Type, string Parameter, string Path)[] dated =
        [
            ("Encounter", "date", "period"), ("Condition", "onset-date", "onsetDateTime"),
            ("Condition", "abatement-date", "abatementDateTime"), ("Observation", "date", "effectiveDateTime"),
            ("Procedure", "date", "performedPeriod"), ("MedicationRequest", "authoredon", "authoredOn"),
            ("Immunization", "date", "occurrenceDateTime"), ("CarePlan", "date", "period"),
        ];
        foreach (var (type, parameter, path) in dated)
        {
            var starts = chart.All(type).SelectMany(each => NaiveChart.At(each, path))
                .SelectMany(each => each.ValueKind == JsonValueKind.String
                    ? [each.GetString()!]
                    : NaiveChart.Texts(each, "start").Concat(NaiveChart.Texts(each, "end")));
            foreach (var start in Some(starts, 3))
            {
                foreach (var asked in (string[])[start[..4], start[..7], start[..10], start])
                {
                    foreach (var prefix in Prefixes)
                    {
                        yield return (type, $"{parameter}={prefix}{asked}", each =>
                            NaiveChart.At(each, path).Any(value =>
                            NaiveChart.IsDate(prefix, NaiveChart.Span(value), NaiveChart.Span(asked))));
                    }
                }

                yield return (type, $"{parameter}=ge{start[..4]}&{parameter}=lt{start[..10]}", each =>
                    NaiveChart.At(each, path)
                        .Any(v => NaiveChart.IsDate("ge", NaiveChart.Span(v), NaiveChart.Span(start[..4])))
                    && NaiveChart.At(each, path).Any(v =>
                        NaiveChart.IsDate("lt", NaiveChart.Span(v), NaiveChart.Span(start[..10]))));
            }
        }
    }

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Quantities(NaiveChart chart)
    {
        static decimal Value(JsonElement quantity) => quantity.GetProperty("value").GetDecimal();
        var measured = chart.All("Observation").Where(each => each.TryGetProperty("valueQuantity", out _)).ToList();
        foreach (var sample in Some(measured.Select(each => (
            Code: NaiveChart.Texts(each, "code.coding.code").First(),
            Unit: NaiveChart.Texts(each, "valueQuantity.code").First(),
            Value: each.GetProperty("valueQuantity").GetProperty("value").GetRawText())), 8))
        {
            var round = decimal.Parse(sample.Value, CultureInfo.InvariantCulture)
                .ToString("0.0", CultureInfo.InvariantCulture);
            foreach (var prefix in Prefixes.Append("ap"))
            {
                bool Has(JsonElement each) => NaiveChart.At(each, "valueQuantity")
                    .Any(value => NaiveChart.IsNumber(prefix, Value(value), round));
                bool Unit(JsonElement each) => NaiveChart.Texts(each, "valueQuantity.code").Contains(sample.Unit);
                yield return ("Observation", $"value-quantity={prefix}{round}", Has);
                yield return ("Observation", $"value-quantity={prefix}{round}|http://unitsofmeasure.org|{sample.Unit}",
                    each => Has(each) && Unit(each));
                yield return ("Observation", $"code-value-quantity={sample.Code}${prefix}{round}||{sample.Unit}",
                    each => Has(each) && Unit(each) && NaiveChart.HasCoding(each, "code.coding", null, sample.Code));
            }

            yield return ("Observation", $"value-quantity={sample.Value}", each => NaiveChart.At(each, "valueQuantity")
                .Any(value => NaiveChart.IsNumber("eq", Value(value), sample.Value)));
        }

        foreach (var bound in (string[])["110", "120", "80"])
        {
            yield return ("Observation", $"component-code-value-quantity=8480-6$gt{bound}", each =>
                NaiveChart.At(each, "component").Any(part => NaiveChart.HasCoding(part, "code.coding", null, "8480-6")
                    && NaiveChart.At(part, "valueQuantity").Any(value => Value(value) > decimal.Parse(bound, null))));
        }
    }

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Linked(NaiveChart chart)
    {
        foreach (var patient in chart.All("Patient").Take(4))
        {
            foreach (var type in (string[])["Encounter", "Observation", "Condition", "Procedure"])
            {
                yield return (type, $"subject=Patient/{Id(patient)}", each =>
                    NaiveChart.RefersTo(each, "subject", patient));
                yield return (type, $"patient={Id(patient)}", each => NaiveChart.RefersTo(each, "subject", patient));
                yield return (type, $"subject._id={Id(patient)}", each =>
                    NaiveChart.RefersTo(each, "subject", patient));
            }
        }

        foreach (var code in
            Some(chart.All("Condition").SelectMany(each => NaiveChart.Texts(each, "code.coding.code")), 8))
        {
            bool Ill(JsonElement patient) => chart.All("Condition").Any(each =>
                NaiveChart.RefersTo(each, "subject", patient) && NaiveChart.HasCoding(each, "code.coding", null, code));
            yield return ("Patient", $"_has:Condition:subject:code={code}", Ill);
            yield return ("Patient", $"_has:Condition:patient:code={code}&gender=male",
                each => Ill(each) && Gender(each, "male"));
            yield return ("Encounter", $"subject._has:Condition:subject:code={code}",
                each => chart.Targets(each, "subject", "Patient").Any(Ill));
        }

        foreach (var year in (string[])["1950", "1970", "1990", "2005"])
        {
            yield return ("Condition", $"subject.birthdate=lt{year}", each => chart.Targets(each, "subject", "Patient")
                .Any(patient => NaiveChart.IsDate(
                    "lt", NaiveChart.Span(NaiveChart.Texts(patient, "birthDate").First()), NaiveChart.Span(year))));
            yield return ("Observation", $"encounter.class=AMB&date=ge{year}", each =>
                NaiveChart.At(each, "effectiveDateTime")
                    .Any(v => NaiveChart.IsDate("ge", NaiveChart.Span(v), NaiveChart.Span(year)))
                && chart.Targets(each, "encounter", "Encounter")
                    .Any(stay => NaiveChart.HasCoding(stay, "class", null, "AMB")));
        }

        foreach (var name in Some(chart.All("Organization").SelectMany(each => NaiveChart.Texts(each, "name")), 4))
        {
            yield return ("Encounter", $"service-provider.name:exact={name}", each =>
                chart.Targets(each, "serviceProvider", "Organization")
                    .Any(org => NaiveChart.Texts(org, "name").Contains(name)));
        }
    }

    private static IEnumerable<(string, string, Func<JsonElement, bool>)> Missing()
    {
        (string Type, string Parameter, string Path)[] optional =
        [
            ("Condition", "abatement-date", "abatementDateTime"), ("Encounter", "reason-code", "reasonCode"),
            ("Observation", "value-quantity", "valueQuantity"), ("Observation", "encounter", "encounter"),
            ("Patient", "death-date", "deceasedDateTime"), ("Procedure", "reason-reference", "reasonReference"),
        ];
        foreach (var (type, parameter, path) in optional)
        {
            yield return (type, $"{parameter}:missing=true", each => !NaiveChart.At(each, path).Any());
            yield return (type, $"{parameter}:missing=false", each => NaiveChart.At(each, path).Any());
        }
    }
}
