-- AlterTable
ALTER TABLE "Reach" ADD COLUMN "countedUntil" DATETIME;
ALTER TABLE "Reach" ADD COLUMN "health" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Reach" ADD COLUMN "healthSince" DATETIME;

-- CreateTable
CREATE TABLE "HealthDay" (
    "reachId" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "wellSeconds" REAL NOT NULL,
    "failingSeconds" REAL NOT NULL,
    "outages" INTEGER NOT NULL,

    PRIMARY KEY ("reachId", "day"),
    CONSTRAINT "HealthDay_reachId_fkey" FOREIGN KEY ("reachId") REFERENCES "Reach" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "HealthDay_failingSeconds_idx" ON "HealthDay"("failingSeconds");
