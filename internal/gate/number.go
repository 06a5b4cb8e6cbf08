// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import "math/big"

// maxDigits keeps an exact decimal readable and within the bounds of the API. What is
// longer is shown to 17 digits, which tell any two doubles apart.
const maxDigits = 60

// decimal is the shortest exact decimal of a number.
func decimal(number *big.Rat) string {
	places, exact := number.FloatPrec()
	if text := number.FloatString(min(places, maxDigits)); exact && places <= maxDigits && len(text) <= maxDigits {
		return text
	}
	return significant(number, 17)
}

// significant is a number to so many digits.
func significant(number *big.Rat, digits int) string {
	return new(big.Float).SetPrec(256).SetRat(number).Text('g', digits)
}

func absolute(number *big.Rat) *big.Rat {
	return new(big.Rat).Abs(number)
}

func difference(a, b *big.Rat) *big.Rat {
	return new(big.Rat).Sub(a, b)
}

func product(a, b *big.Rat) *big.Rat {
	return new(big.Rat).Mul(a, b)
}
