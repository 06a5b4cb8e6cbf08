// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import "math/big"

// maxDigits keeps an exact decimal readable and within the bounds of the API. What is
// longer is shown to 17 digits, which tell any two doubles apart.
const maxDigits = 60

// formatDecimal is the shortest exact decimal of a number.
func formatDecimal(number *big.Rat) string {
	places, exact := number.FloatPrec()
	if text := number.FloatString(min(places, maxDigits)); exact && places <= maxDigits && len(text) <= maxDigits {
		return text
	}
	return formatSignificant(number, 17)
}

// formatSignificant is a number to so many digits.
func formatSignificant(number *big.Rat, digits int) string {
	return new(big.Float).SetPrec(256).SetRat(number).Text('g', digits)
}

func absoluteRat(number *big.Rat) *big.Rat {
	return new(big.Rat).Abs(number)
}

func subtractRat(a, b *big.Rat) *big.Rat {
	return new(big.Rat).Sub(a, b)
}

func multiplyRat(a, b *big.Rat) *big.Rat {
	return new(big.Rat).Mul(a, b)
}
