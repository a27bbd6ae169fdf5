-- AlterTable
ALTER TABLE "Reach" ADD COLUMN     "countedUntil" TIMESTAMP(3),
ADD COLUMN     "health" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "healthSince" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "HealthDay" (
    "reachId" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "wellSeconds" DOUBLE PRECISION NOT NULL,
    "failingSeconds" DOUBLE PRECISION NOT NULL,
    "outages" INTEGER NOT NULL,

    CONSTRAINT "HealthDay_pkey" PRIMARY KEY ("reachId","day")
);

-- CreateIndex
CREATE INDEX "HealthDay_failingSeconds_idx" ON "HealthDay"("failingSeconds");

-- AddForeignKey
ALTER TABLE "HealthDay" ADD CONSTRAINT "HealthDay_reachId_fkey" FOREIGN KEY ("reachId") REFERENCES "Reach"("id") ON DELETE CASCADE ON UPDATE CASCADE;
