namespace FhirOrchestrator.Tests.Fhir.Path;

internal static partial class SpecificationCases
{
    private static readonly (string Section, string Lines)[] Operators =
    [
        ("6.1 Equality", """
            1.10 = 1.1 -> true
            1 = 1.0 -> true
            'a' = 'A' -> false
            (1 | 2) = (2 | 1) -> false
            (1 | 2) = 1 -> false
            @2012 = @2012-01 -> {}
            @2012 = @2013-01 -> false
            @2012-01-01T10:30:31.0 = @2012-01-01T10:30:31 -> true
            @2017-11-05T01:30:00.0-04:00 = @2017-11-05T00:30:00.0-05:00 -> true
            @2012-04-15T15:00:00Z = @2012-04-15T10:00:00 -> {}
            1 'cm' = 10.0 'mm' -> true
            1 'cm' = 1 's' -> {}
            7 days = 1 'wk' -> true
            1 year = 12 months -> true
            1 year = 1 'a' -> {}
            23 = 23 '1' -> true
            name = name -> true
            name[0].given = name[2].given -> true
            true = 'true' -> false
            (1 | 2) ~ (2 | 1) -> true
            {} ~ {} -> true
            1 ~ {} -> false
            'a  b' ~ 'A  B' -> true
            'a b' ~ 'a\tb' -> true
            'a  b' ~ 'a b' -> false
            1.2 / 1.8 ~ 0.67 -> true
            @2012 ~ @2012-01 -> false
            1 year ~ 1 'a' -> true
            4 'g' ~ 4040 'mg' -> true
            1 != 2 -> true
            'a' !~ 'A' -> false
            """),
        ("6.2 Comparison", """
            10 > 5.0 -> true
            'abc' > 'ABC' -> true
            4 'm' > 4 'cm' -> true
            @2018-03 > @2018-03-01 -> {}
            @2018-03-01T10:30:00 > @2018-03-01T10:30:00.0 -> false
            @2018-01-01T16:00:00+12:00 < @2018-01-01T15:00:00.0+10:00 -> true
            @T10:30 <= @T10:30 -> true
            @T10 > @T10:30 -> {}
            1 < {} -> {}
            1 < 'a' -> error
            (1 | 2) < 3 -> error
            1 'mg' < 1 's' -> {}
            1 'm'.comparable(20 'cm') -> true
            1.comparable(2) -> true
            1 year.comparable(1 'a') -> false
            """),
        ("6.3 Types", """
            1 is Integer -> true
            1 is System.Integer -> true
            1 is Decimal -> false
            active is boolean -> true
            active is Boolean -> false
            gender is string -> true
            gender is FHIR.code -> true
            Patient is DomainResource -> true
            {} is Integer -> {}
            (1 | 2) is Integer -> error
            1 is Nothing -> error
            multipleBirth as integer -> 3
            multipleBirth as boolean -> {}
            multipleBirth.as(integer) + 1 -> 4
            1.type().name -> 'Integer'
            1.type().baseType -> 'System.Any'
            gender.type().namespace -> 'FHIR'
            name.first().type().baseType -> 'FHIR.Element'
            """),
        ("6.4 Collections", """
            2 in (1 | 2) -> true
            {} in (1 | 2) -> {}
            1 in {} -> false
            (1 | 2) in (1 | 2) -> error
            (1 | 2) contains 3 -> false
            {} contains 1 -> false
            name.given contains 'Jim' -> true
            """),
        ("6.5 Boolean logic", """
            true and {} -> {}
            false and {} -> false
            {} and false -> false
            {} or true -> true
            false or {} -> {}
            true xor true -> false
            true xor {} -> {}
            {} implies true -> true
            {} implies false -> {}
            false implies {} -> true
            true implies {} -> {}
            {}.not() -> {}
            active.not() -> false
            'a'.not() -> false
            true or false and false -> true
            """),
        ("6.6 Math", """
            1 + 2 * 3 -> 7
            5 / 2 -> 2.5
            4 / 2 -> 2
            1 / 0 -> {}
            5 div 2 -> 2
            5.5 div 0.7 -> 7
            5 mod 0 -> {}
            5.5 mod 0.7 -> 0.6
            -5 mod 3 -> -2
            2147483647 + 1 -> {}
            'a' + 'b' -> 'ab'
            'a' + {} -> {}
            'a' & {} & 'b' -> 'ab'
            1 & 'a' -> error
            3 'm' + 3 'cm' -> 3.03 'm'
            3 'cm' - 3 'm' -> -297 'cm'
            3 'm' + 3 'kg' -> {}
            12 'cm' * 3 'cm' -> 36 'cm2'
            3 'cm' * 12 'cm2' -> 36 'cm3'
            10 'm/s' * 10 's' -> 100 'm'
            3 * 2 'cm' -> 6 'cm'
            120 'm' / 60 's' -> 2 'm/s'
            12 'cm2' / 3 'cm' -> 4 'cm'
            60 / 1 's' -> 60 '/s'
            60 's' / 2 -> 30 's'
            -(1 'mg') -> -1 'mg'
            -7.combine(3) -> error
            +'a' -> error
            """),
        ("6.7 Date and time arithmetic", """
            @1973-12-25 + 7 days -> @1974-01-01
            @1973-12-25 + 7.9 days -> @1974-01-01
            @2019-03-01 + 24 months -> @2021-03-01
            @2026-01-31 + 1 month -> @2026-02-28
            @2024-02-29 + 1 year -> @2025-02-28
            @2026-01-01T13:00:00 + 30 minutes -> @2026-01-01T13:30:00
            @1973-12-25T00:00:00.000+10:00 + 42.53 seconds -> @1973-12-25T00:00:42.530+10:00
            @1973-12-25 + 1 'd' -> @1973-12-26
            @1973-12-25 + 1 'mo' -> error
            @2012-03-01-1 day -> @2012-02-29
            @2012-02+1 month -> @2012-03
            (@T10:30 + 45 seconds) + 45 seconds -> @T10:30
            @T10:00:00 + 1.5 seconds -> @T10:00:01
            (@T10:00:00 + 1.5 seconds) = @T10:00:01 -> true
            @T23:30:00 + 1 hour -> @T00:30:00
            @T00:30:00 - 1 hour -> @T23:30:00
            @2014 + 24 months -> @2016
            @2014 + 23 months -> @2015
            @2016 + 365 days -> @2017
            @2014 - 1 month -> @2014
            @2026-02 + 5 weeks -> @2026-03
            @2026-02 + 4 weeks -> @2026-02
            @2026-02 - 1 day -> @2026-02
            @2026-01-01 + {} -> {}
            @2026-01-01 + 1 -> error
            @2026-01-01 + 1 'mg' -> error
            birthDate + 1 week -> @1975-01-01
            """),
        ("7 Aggregates", """
            (1 | 2 | 3).aggregate($total + $this, 0) -> 6
            (3 | 1 | 2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total))) -> 1
            {}.aggregate($total, 5) -> 5
            (1 | 2).aggregate($total & $index.toString(), '') -> '01'
            (1 | 2 | 3).sum() -> 6
            (1.0 'mg' | 2.0 'mg').sum() -> 3.0 'mg'
            (5.5 | 4.7 | 4.8).avg() -> 5.0
            (2 | 8 | 4).max() -> 8
            (@2012-12-31 | @2012-01-01).min() -> @2012-01-01
            {}.sum() -> {}
            (1 | 'a').sum() -> error
            """),
        ("9 Environment variables", """
            %ucum -> 'http://unitsofmeasure.org'
            %context.id -> 'p'
            %resource.id -> 'p'
            %seven + 1 -> 8
            %'seven' -> 7
            %`seven` -> 7
            %nothing -> error
            %previous.empty() -> true
            %previous.active != true -> {}
            %previous.active.exists().not() and active -> true
            contained.name.select(%resource.id) -> 'p'
            %vs-name -> 'http://hl7.org/fhir/ValueSet/name'
            %`ext-patient-birthTime` -> 'http://hl7.org/fhir/StructureDefinition/patient-birthTime'
            %sct & %loinc -> 'http://snomed.info/scthttp://loinc.org'
            """),
        ("R4 additional functions", """
            birthDate.extension('http://x/time').value -> @1974-12-25T14:35:45-05:00
            extension('http://x/weight').value.value -> 70.5
            extension('http://x/weight').value > 70 'kg' -> true
            birthDate.hasValue() -> true
            name.hasValue() -> false
            birthDate.getValue() is System.Date -> true
            generalPractitioner.resolve().name.ofType(HumanName).family -> 'Who'
            managingOrganization.resolve().name -> 'Ward'
            generalPractitioner.where(resolve() is Practitioner).reference -> '#doc'
            gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender') -> true
            gender.memberOf('http://x/unknown') -> error
            name.checkModifiers('http://x').count() -> 3
            text.htmlChecks() -> {}
            name.first().elementDefinition().path -> 'Patient.name'
            name.elementDefinition().count() -> 3
            elementDefinition().path -> 'Patient'
            multipleBirth.elementDefinition().path -> 'Patient.multipleBirth[x]'
            multipleBirth.elementDefinition().type.code.last() -> 'integer'
            name.given.first().elementDefinition().max -> '*'
            contained.elementDefinition().path -> 'Practitioner'
            active.elementDefinition().elementDefinition() -> {}
            1.elementDefinition() -> {}
            name.elementDefinition('x') -> error
            gender.subsumes('male') -> error
            name.slice('http://x/unknown', 'a') -> error
            contact.slice('http://x/unknown', 'a') -> {}
            """),
    ];
}
